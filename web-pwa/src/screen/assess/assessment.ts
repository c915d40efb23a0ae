// Assessments: asked of the server, kept nowhere. What is half typed stays in its sheet until the server has it.
import { api, download, type ApiReply, type FileReply } from '../../host/client';
import { succeeded } from '../../state/problem';
import type { Figure } from '../desk/roll-up';

export type AssessmentKind = 'half_year' | 'annual' | 'term_end';
export const grades = ['excellent', 'competent', 'basic', 'failing'] as const;
export type Grade = (typeof grades)[number];
export const credits = ['yes', 'no', 'pending'] as const;
export type Credit = (typeof credits)[number];

/** A first secretary of a unit. */
export interface Assessee {
  tenure: string;
  person: string;
  village_name: string;
  arrived: string;
  last_day: string;
  grades: { kind: AssessmentKind; period: string; grade: Grade }[];
}

export interface Writing {
  /** What the next writing is bound to. */
  number: number;
  opinion: string;
  by: string;
  at_ms: number;
}

export interface TownshipPart extends Writing {
  /** How many voted for each grade, from the best down. */
  votes: number[] | null;
}

export interface CountyPart extends Writing {
  grade: Grade | null;
  credit: Credit | null;
}

/** Days in the village, beside what the policy asks for. */
export interface Present {
  months: number;
  declared_months: number;
  confirmed_months: number;
  declared_days: number;
  confirmed_days: number;
  counted_days: number;
  rule: 'a_month' | 'a_year' | 'of_working_days';
  asked_days: number;
}

export interface Assessment {
  kind: AssessmentKind;
  period: string;
  from: string;
  to: string;
  duties: Figure[];
  leave_days: number;
  duty_days: number;
  /** Null while the server cannot read the log. */
  present: Present | null;
  township: TownshipPart | null;
  county: CountyPart | null;
}

/** One tenure with its assessments. */
export interface AssessSheet {
  person: string;
  sex: string;
  birth_month: string;
  party: string;
  rank: string;
  unit: string;
  village_name: string;
  arrived: string;
  last_day: string;
  assessments: Assessment[];
  writes_township: boolean;
  writes_county: boolean;
}

export async function assessees(division: string): Promise<Assessee[] | ApiReply> {
  const reply = await api('GET', `/api/v1/assessments?division=${encodeURIComponent(division)}`);
  return succeeded(reply) ? (reply.body as Assessee[]) : reply;
}

export async function assessSheet(tenure: string): Promise<AssessSheet | ApiReply> {
  const reply = await api('GET', `/api/v1/assessments/${tenure}`);
  return succeeded(reply) ? (reply.body as AssessSheet) : reply;
}

type Part = 'township' | 'county';

export function write(tenure: string, { kind, period }: Assessment, part: Part, body: object): Promise<ApiReply> {
  return api('PUT', `/api/v1/assessments/${tenure}/${kind}/${period}/${part}`, body);
}

export function makeForm(tenure: string, { kind, period }: Assessment): Promise<FileReply> {
  return download(`/api/v1/assessments/${tenure}/${kind}/${period}/form`);
}

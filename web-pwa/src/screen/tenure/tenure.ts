// One tenure at the desk: asked of the server, kept nowhere.
import { api, type ApiReply } from '../../host/client';
import { succeeded } from '../../state/problem';
import type { EndReason, Tenure } from '../admin/person';

export const reasons: readonly EndReason[] = ['completed', 'reassigned', 'recalled', 'illness', 'other'];
export const unitKinds = ['organ', 'institution', 'enterprise', 'school', 'hospital', 'other'] as const;
export const MONTHS_MAX = 600;

/** Null: nobody said. */
export interface Selection {
  grassroots_months: number | null;
  single_experience: boolean | null;
  reserve_cadre: boolean | null;
  unit_kind: (typeof unitKinds)[number] | null;
}

export interface Posting {
  tenure: Tenure;
  person: string;
  unit: string;
  age: number | null;
  selection: Selection;
  others: { person: string; arrived: string; last_day: string }[];
  villages: { code: string; name: string }[];
  may_write: boolean;
}

export type Deed = 'end' | 'transfer' | 'succeed';

export async function posting(tenure: string): Promise<Posting | ApiReply> {
  const reply = await api('GET', `/api/v1/tenures/${tenure}`);
  return succeeded(reply) ? (reply.body as Posting) : reply;
}

export function writeSelection(tenure: string, selection: Selection): Promise<ApiReply> {
  return api('PUT', `/api/v1/tenures/${tenure}/selection`, selection);
}

export function end(tenure: string, last: string, reason: EndReason): Promise<ApiReply> {
  return api('POST', `/api/v1/tenures/${tenure}/end`, { last, reason });
}

export function transfer(tenure: string, village: string, days: Days): Promise<ApiReply> {
  return api('POST', `/api/v1/tenures/${tenure}/transfer`, { village, ...days });
}

export function succeed(tenure: string, login: string, days: Days): Promise<ApiReply> {
  return api('POST', `/api/v1/tenures/${tenure}/successor`, { login, ...days });
}

/** From arrival to the planned end. */
export interface Days {
  arrived: string;
  planned_end: string;
}

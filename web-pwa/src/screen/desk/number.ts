// What the numbers of the roll-up were counted from: asked of the server, page by page where there may be many. No text of an
// entry or an issue comes this way, and no household.
import { api, type ApiReply, type DutyReason, type DutyState, type EntryState } from '../../host/client';
import type { Rows } from '../../state/fetched';
import { home } from '../../state/home';
import { kindText } from '../../text/label';
import { t } from '../../text/text';
import type { Figure } from './roll-up';

/** Numbers that are no figure of a kind. */
export const numbers = [
  'poor_villages',
  'incumbents',
  'late',
  'awaiting_review',
  'issues_open',
  'issues_ended',
] as const;
export type NumberName = (typeof numbers)[number];

export function isNumber(name: string): name is NumberName {
  return (numbers as readonly string[]).includes(name);
}

/** What a number is called at the head of its column. */
export function numberText(name: string): string {
  return isNumber(name) ? t(`desk.number.${name}`) : kindText(name);
}

export interface InVillage {
  village: string;
  village_name: string;
  township_name: string;
}

export interface PoorVillage extends InVillage {
  from: string;
  incumbents: string[];
}

export interface PostedSecretary extends InVillage {
  tenure: string;
  person: string;
  arrived: string;
  last_day: string;
  duties: Figure[];
}

export interface Period {
  period: string;
  from: string;
  to: string;
  reason: DutyReason;
  state: DutyState;
  days: string[];
}

export interface Periods extends InVillage {
  person: string;
  periods: Period[];
}

export interface ListedEntry extends InVillage {
  id: string;
  person: string;
  kind: string;
  state: EntryState;
  occurred_on: string | null;
  made_ms: number | null;
}

export interface ListedIssue extends InVillage {
  id: string;
  category: string;
  level: string;
  state: string;
  raised_on: string | null;
  closed_on: string | null;
}

async function get<T>(path: string): Promise<T | ApiReply> {
  const reply = await api('GET', `/api/v1/roll-up/${path}`);
  return reply.status === 200 ? (reply.body as T) : reply;
}

export function poorVillages(division: string): Promise<PoorVillage[] | ApiReply> {
  return get(`villages?division=${division}`);
}

export function posted(division: string): Promise<PostedSecretary[] | ApiReply> {
  return get(`tenures?division=${division}`);
}

export function periodsOf(tenure: string, kind: string): Promise<Periods | ApiReply> {
  return get(`periods?tenure=${tenure}&kind=${kind}`);
}

/** The place in a list right behind a row. */
function behind({ id, village }: InVillage & { id: string }, day: string | null): string {
  return `&after_village=${village}&after_day=${day ?? ''}&after=${id}`;
}

export function entriesOf(division: string, number: string, last?: ListedEntry): Promise<Rows<ListedEntry> | ApiReply> {
  const after = last === undefined ? '' : behind(last, last.occurred_on);
  return get(`entries?division=${division}&number=${number}${after}`);
}

export function issuesOf(division: string, ended: boolean, last?: ListedIssue): Promise<Rows<ListedIssue> | ApiReply> {
  const after = last === undefined ? '' : behind(last, last.raised_on);
  return get(`issues?division=${division}&ended=${ended}${after}`);
}

/** Whether the phone of a reviewer holds what a row is about. */
export function isHeld({ village }: InVillage): boolean {
  const posts = home.value?.posts ?? [];
  return posts.some((post) => post.role === 'township_reviewer' && village.startsWith(post.division));
}

/** 张沟村, with its township where that is not the unit that was asked for. */
export function placeText({ village_name, township_name }: InVillage, division: string): string {
  return division.length < 9 ? `${township_name} ${village_name}` : village_name;
}

// The people of a division, their accounts and devices: asked of the server, kept nowhere.
import { api, type ApiReply, type Role } from '../../host/client';
import type { Device } from '../../part/device';
import type { Rows } from '../../state/fetched';
import { succeeded } from '../../state/problem';
import { dayText } from '../../text/day';
import { t, word } from '../../text/text';

export interface Account {
  person: { id: string; name: string };
  login: string;
  posts: { role: Role; division: string; division_name: string }[];
  locked: boolean;
}

interface Held {
  role: Role;
  division: string;
  division_name: string;
  from: string;
  to: string | null;
}

export type EndReason = 'completed' | 'reassigned' | 'recalled' | 'illness' | 'other';

export interface Tenure {
  id: string;
  role: 'first_secretary' | 'team_member';
  village: string;
  village_name: string;
  batch: string;
  arrived: string;
  planned_end: string;
  ended: string | null;
  reason: EndReason | null;
}

export interface Dossier {
  person: { id: string; name: string };
  unit: string;
  login: string;
  posts: Held[];
  tenures: Tenure[];
  locked: boolean;
  must_change_password: boolean;
  locked_out_until_ms: number | null;
  last_sign_in_ms: number | null;
  devices: Device[];
  may_administer: boolean;
  may_reset: boolean;
}

/** Those who fit `text`, by login, behind this one. */
export async function people(text: string, after?: Account): Promise<Rows<Account> | ApiReply> {
  const asked = new URLSearchParams({ text, after: after?.login ?? '' });
  const reply = await api('GET', `/api/v1/people?${asked.toString()}`);
  if (!succeeded(reply)) return reply;
  const { people: rows, more } = reply.body as { people: Account[]; more: boolean };
  return { rows, more };
}

export async function dossier(person: string): Promise<Dossier | ApiReply> {
  const reply = await api('GET', `/api/v1/people/${person}`);
  return succeeded(reply) ? (reply.body as Dossier) : reply;
}

export function setLocked(person: string, locked: boolean): Promise<ApiReply> {
  return api('POST', `/api/v1/people/${person}/${locked ? 'lock' : 'unlock'}`);
}

export function revoke(person: string, device: string): Promise<ApiReply> {
  return api('DELETE', `/api/v1/people/${person}/devices/${device}`);
}

/** The first password, which nobody is shown again. */
export async function resetPassword(person: string): Promise<string | ApiReply> {
  const reply = await api('POST', `/api/v1/accounts/${person}/reset`);
  return succeeded(reply) ? (reply.body as { first_password: string }).first_password : reply;
}

/** From a day to a day, or since one. */
export function termText(from: string, to: string | null): string {
  return to === null
    ? t('person.since', { from: dayText(from, '') })
    : t('person.days', { from: dayText(from, ''), to: dayText(to, '') });
}

/** Why a tenure ended; nothing of one that did not. */
export function endedText(reason: EndReason | null): string {
  return reason === null ? '' : t('person.ended', { reason: word('person.reason', reason, 'person.reason.other') });
}

/** 第一书记 张沟村 */
export function postText(post: { role: Role; division_name: string }): string {
  return `${t(`role.${post.role}`)} ${post.division_name}`;
}

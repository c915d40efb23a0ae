// The people of a division, their accounts and devices: asked of the server, kept nowhere.
import { api, type ApiReply, type Role } from '../../host/client';
import type { Device } from '../../part/device';
import { succeeded } from '../../state/problem';
import { t } from '../../text/text';

export interface Account {
  person: { id: string; name: string };
  login: string;
  posts: { role: Role; division: string; division_name: string }[];
  locked: boolean;
}

export interface People {
  people: Account[];
  more: boolean;
}

export interface Held {
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

/** Those who fit `text`, behind the login `after`. */
export async function people(text: string, after: string): Promise<People | ApiReply> {
  const asked = new URLSearchParams({ text, after });
  const reply = await api('GET', `/api/v1/people?${asked.toString()}`);
  return succeeded(reply) ? (reply.body as People) : reply;
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

/** 第一书记 张沟村 */
export function postText(post: { role: Role; division_name: string }): string {
  return `${t(`role.${post.role}`)} ${post.division_name}`;
}

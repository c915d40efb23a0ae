// What people brought who might write here once and may no more: asked of the server, kept nowhere.
import { api, type ApiReply } from '../../host/client';
import { succeeded } from '../../state/problem';

/** All that one device brought of one document. */
export interface Pile {
  key: number;
  person: { id: string; name: string };
  village: string;
  village_name: string;
  kind: string;
  changes: number;
  first_ms: number;
  last_ms: number;
}

/** A record as it would be. */
export interface ParkedRecord {
  container: string;
  id: string;
  fields: Record<string, string>;
}

export async function piles(): Promise<Pile[] | ApiReply> {
  const reply = await api('GET', '/api/v1/parked');
  return succeeded(reply) ? (reply.body as Pile[]) : reply;
}

export async function records(pile: Pile): Promise<ParkedRecord[] | ApiReply> {
  const reply = await api('GET', `/api/v1/parked/${pile.key}`);
  return succeeded(reply) ? (reply.body as ParkedRecord[]) : reply;
}

export function release(pile: Pile): Promise<ApiReply> {
  return api('POST', `/api/v1/parked/${pile.key}/release`);
}

export function dismiss(pile: Pile, why: string): Promise<ApiReply> {
  return api('POST', `/api/v1/parked/${pile.key}/dismiss`, { why });
}

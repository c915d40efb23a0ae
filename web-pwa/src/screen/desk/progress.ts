// How far the eight measures are: asked of the server, kept nowhere.
import { api, type ApiReply, type RecordKind } from '../../host/client';

export interface Amount {
  number: number;
  of: number | null;
  poor: number | null;
}

export interface Target {
  value: number;
  first_year: number;
  last_year: number;
  each_year: boolean;
}

/** One indicator of a unit in a year. */
export interface Progress {
  measure: number;
  indicator: string;
  unit: 'person' | 'person_time' | 'village' | 'township' | 'item' | 'duty';
  target: Target | null;
  current: Amount | null;
  cumulative: Amount | null;
}

/** A record that a number was counted from. */
export interface Counted {
  record: string;
  unit: string;
  unit_name: string;
  kind: RecordKind;
  title: string;
  of: string;
  first: string;
  last: string;
  place: string;
  amount: number;
  in_year: boolean;
}

async function get<T>(path: string): Promise<T | ApiReply> {
  const reply = await api('GET', path);
  return reply.status === 200 ? (reply.body as T) : reply;
}

export function progressOf(division: string, year: number): Promise<Progress[] | ApiReply> {
  return get(`/api/v1/programme/progress?division=${division}&year=${year}`);
}

export function countedFrom(division: string, year: number, indicator: string): Promise<Counted[] | ApiReply> {
  return get(`/api/v1/programme/counted?division=${division}&year=${year}&indicator=${indicator}`);
}

/** `46/48`; what is of nothing is a dash, since nobody has said of how many it is. */
export function amountText(amount: Amount | null): string {
  if (amount === null) return '—';
  const { number, of } = amount;
  if (of === null) return String(number);
  return of === 0 ? '—' : `${number}/${of}`;
}

const names = new Map<string, string>();

/** What a unit is called, as far as somebody came to it by its name. */
export function nameOf(division: string, name: string): string {
  if (name !== '') names.set(division, name);
  return names.get(division) ?? '';
}

// Imports of files: previewed, written, listed and undone by the server, kept nowhere.
import { api, send, tableBytes, type ApiReply, type Role } from '../../host/client';
import { succeeded } from '../../state/problem';
import { t } from '../../text/text';
import type { Sentence } from './sentence';

export const kinds = ['roster', 'poor_villages', 'policy', 'calendar'] as const;
export type Kind = (typeof kinds)[number];

/** The server takes no larger file. */
export const BYTES_MAX = 2 * 1024 * 1024;

export interface Mistake {
  line: number | null;
  column: string | null;
  what: Sentence;
}

export interface Change {
  line: number | null;
  kind: 'added' | 'changed' | 'ended';
  about: Sentence;
  effects: Sentence[];
}

export interface Tally {
  added: number;
  changed: number;
  ended: number;
  unchanged: number;
}

export interface Preview {
  digest: string | null;
  tally: Tally;
  newcomers: number;
  recounted: number;
  mistakes: Mistake[];
  mistakes_left_out: number;
  changes: Change[];
  changes_left_out: number;
}

export interface FirstPassword {
  login: string;
  name: string;
  first_password: string;
}

export interface Applied {
  tally: Tally;
  first_passwords: FirstPassword[];
}

export interface Imported {
  number: number;
  kind: Kind;
  at_ms: number;
  person: { id: string; name: string } | null;
  division: string | null;
  division_name: string;
  added: number;
  changed: number;
  ended: number;
  undone_ms: number | null;
}

export interface Undone {
  undone: boolean;
  hindrances: Sentence[];
  hindrances_left_out: number;
}

export const isTable = (kind: Kind) => kind === 'roster' || kind === 'poor_villages';

/** Rules hold for the whole deployment: they are for who administers a city. */
export function offered(posts: { role: Role; division: string }[]): Kind[] {
  const whole = posts.some(({ role, division }) => role === 'administrator' && division.length === 4);
  return kinds.filter((kind) => whole || isTable(kind));
}

export function bytesOf(kind: Kind, file: File): Promise<ArrayBuffer> {
  return isTable(kind) ? tableBytes(file) : file.arrayBuffer();
}

export async function previewed(kind: Kind, bytes: ArrayBuffer): Promise<Preview | ApiReply> {
  const reply = await send(`/api/v1/imports/${kind}`, bytes);
  return succeeded(reply) ? (reply.body as Preview) : reply;
}

export async function applied(kind: Kind, bytes: ArrayBuffer, digest: string): Promise<Applied | ApiReply> {
  const reply = await send(`/api/v1/imports/${kind}/apply?digest=${digest}`, bytes);
  return succeeded(reply) ? (reply.body as Applied) : reply;
}

export async function imported(): Promise<{ rows: Imported[] } | ApiReply> {
  const reply = await api('GET', '/api/v1/imported');
  return succeeded(reply) ? { rows: reply.body as Imported[] } : reply;
}

export async function undo(number: number): Promise<Undone | ApiReply> {
  const reply = await api('POST', `/api/v1/imported/${number}/undo`);
  return succeeded(reply) ? (reply.body as Undone) : reply;
}

const needed = {
  roster: ['name', 'login', 'role', 'division', 'arrived'],
  poor_villages: ['code', 'from'],
} as const;
const others = {
  roster: ['planned_end', 'batch', 'ended', 'reason', 'sex', 'birth_month', 'party', 'rank', 'unit'],
  poor_villages: ['to'],
} as const;

/** The titles that a table must have, and those that it may have. */
export function titles(kind: 'roster' | 'poor_villages'): { needed: string[]; others: string[] } {
  const title = (column: (typeof needed)[typeof kind][number] | (typeof others)[typeof kind][number]) =>
    t(`import.column.${column}`);
  return { needed: needed[kind].map(title), others: others[kind].map(title) };
}

const samples: Record<'policy' | 'calendar', string> = {
  policy: '{"version": 2, "valid_from": "2016-01-01",\n "month_days_min": 5}\n',
  calendar: '{"holidays": ["2027-01-01", "2027-02-08"],\n "workdays": ["2027-02-06"]}\n',
};

export function sample(kind: 'policy' | 'calendar'): string {
  return samples[kind];
}

/** A cell that begins like a formula would be computed by whoever opens the table. */
function cell(text: string): string {
  const plain = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** A CSV that spreadsheets open in the right encoding. */
export function csv(rows: string[][]): Blob {
  const lines = rows.map((row) => row.map(cell).join(','));
  return new Blob([`\uFEFF${lines.join('\r\n')}\r\n`], { type: 'text/csv' });
}

/** What a file is like before anything is written in it. */
export function template(kind: Kind): { name: string; body: Blob } {
  const name = t(`import.kind.${kind}`);
  if (kind === 'policy' || kind === 'calendar') {
    return { name: `${name}.json`, body: new Blob([sample(kind)], { type: 'application/json' }) };
  }
  const { needed: must, others: may } = titles(kind);
  return { name: `${name}.csv`, body: csv([[...must, ...may]]) };
}

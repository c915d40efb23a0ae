// The figures of the desk: asked of the server, kept nowhere. Only counts come this way, never a text of an entry.
import { api, type ApiReply, type EntryKind, type Role, type Tally } from '../../host/client';
import { failed } from '../../state/problem';
import { nameOf } from './progress';

/** What is done of what is owed so far, of one kind. */
export interface Figure extends Tally {
  kind: EntryKind;
}

/** One unit, in the order of codes. */
export interface RollUp {
  code: string;
  name: string;
  poor_villages: number;
  incumbents: number;
  /** One for each of the seven kinds, in their order. */
  duties: Figure[];
  late: number;
  awaiting_review: number;
  issues_open: number;
  issues_ended: number;
}

interface Me {
  posts: { role: Role; division: string; division_name: string }[];
  desk: string[];
}

/** The unit whose figures this person looks at first. */
export async function ownDivision(): Promise<{ code: string; name: string } | ApiReply> {
  const reply = await api('GET', '/api/v1/me');
  if (reply.status !== 200) return reply;
  const { posts, desk } = reply.body as Me;
  const code = desk[0] ?? '';
  const name = posts.find((post) => post.division === code)?.division_name ?? '';
  return { code, name };
}

export async function rollUp(division: string): Promise<RollUp[] | ApiReply> {
  const reply = await api('GET', `/api/v1/roll-up?division=${encodeURIComponent(division)}`);
  if (reply.status !== 200) return reply;
  const rows = reply.body as RollUp[];
  // What a number opens is told with the unit that it is of.
  for (const row of rows) nameOf(row.code, row.name);
  return rows;
}

/** What a unit is called, also where nobody came to it by its name, as after a reload; empty if the server does not say. */
export async function unitName(division: string): Promise<string> {
  if (nameOf(division, '') !== '') return nameOf(division, '');
  const own = await ownDivision();
  if (!failed(own) && own.code === division) return nameOf(division, own.name);
  const above = { 12: 9, 9: 6 }[division.length] ?? 4;
  await rollUp(division.slice(0, above));
  return nameOf(division, '');
}

/** Whether there is, or was, anything to count: most units have no poor village. */
export function counts(row: RollUp): boolean {
  const done = row.duties.reduce((sum, figure) => sum + figure.done, 0);
  const { poor_villages, incumbents, late, awaiting_review, issues_open, issues_ended } = row;
  return poor_villages + incumbents + done + late + awaiting_review + issues_open + issues_ended > 0;
}

export function total(rows: RollUp[]): Omit<RollUp, 'code' | 'name'> {
  const sum = (of: (row: RollUp) => number) => rows.reduce((all, row) => all + of(row), 0);
  return {
    poor_villages: sum((row) => row.poor_villages),
    incumbents: sum((row) => row.incumbents),
    duties: (rows[0]?.duties ?? []).map(({ kind }) => sumOf(rows, kind)),
    late: sum((row) => row.late),
    awaiting_review: sum((row) => row.awaiting_review),
    issues_open: sum((row) => row.issues_open),
    issues_ended: sum((row) => row.issues_ended),
  };
}

/** The figure of a kind in one unit. */
export function figureOf(row: Pick<RollUp, 'duties'>, kind: EntryKind): Figure {
  return row.duties.find((figure) => figure.kind === kind) ?? { kind, done: 0, owed: 0, excused: 0 };
}

function sumOf(rows: RollUp[], kind: EntryKind): Figure {
  const sum: Figure = { kind, done: 0, owed: 0, excused: 0 };
  for (const row of rows) {
    const { done, owed, excused } = figureOf(row, kind);
    sum.done += done;
    sum.owed += owed;
    sum.excused += excused;
  }
  return sum;
}

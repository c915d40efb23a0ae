// The figures of the desk: asked of the server, kept nowhere. Only counts come this way, never a text of an entry.
import { api, type ApiReply, type Role } from '../../host/client';

/** One unit, in the order of codes. */
export interface RollUp {
  code: string;
  name: string;
  poor_villages: number;
  incumbents: number;
  visits_done: number;
  visits_owed: number;
  lessons_done: number;
  lessons_owed: number;
  awaiting_review: number;
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
  return reply.status === 200 ? (reply.body as RollUp[]) : reply;
}

/** Whether there is, or was, anything to count: most units have no poor village. */
export function counts(row: RollUp): boolean {
  return row.poor_villages + row.incumbents + row.visits_done + row.lessons_done + row.awaiting_review > 0;
}

export function total(rows: RollUp[]): Omit<RollUp, 'code' | 'name'> {
  const sum = (of: (row: RollUp) => number) => rows.reduce((all, row) => all + of(row), 0);
  return {
    poor_villages: sum((row) => row.poor_villages),
    incumbents: sum((row) => row.incumbents),
    visits_done: sum((row) => row.visits_done),
    visits_owed: sum((row) => row.visits_owed),
    lessons_done: sum((row) => row.lessons_done),
    lessons_owed: sum((row) => row.lessons_owed),
    awaiting_review: sum((row) => row.awaiting_review),
  };
}

/** Done of owed; an empty denominator is no figure. */
export function ratio(done: number, owed: number): string {
  return owed === 0 ? '—' : `${done}/${owed}`;
}

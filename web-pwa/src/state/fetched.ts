// What a screen asks of the server and keeps nowhere: what was found, why nothing was, and asking again. What was found before
// stays in sight where it cannot be asked anew.
import { shallowRef, type ShallowRef } from 'vue';
import type { ApiReply } from '../host/client';
import { failed, problemText } from './problem';

export interface Fetched<T> {
  found: ShallowRef<T | undefined>;
  problem: ShallowRef<string>;
  load(): Promise<void>;
}

export function useFetched<T extends object>(ask: () => Promise<T | ApiReply>): Fetched<T> {
  const found: ShallowRef<T | undefined> = shallowRef();
  const problem = shallowRef('');
  let asked = 0;

  async function load(): Promise<void> {
    problem.value = '';
    asked += 1;
    const mine = asked;
    const answer = await ask();
    // Something else was asked for meanwhile.
    if (mine !== asked) return;
    if (failed(answer)) problem.value = problemText(answer);
    else found.value = answer;
  }

  return { found, problem, load };
}

export interface Rows<R> {
  rows: R[];
  more: boolean;
}

/** A list that is searched and read on, page by page: what stands there always belongs to one query. */
export function usePages<Q, R>(first: Q, ask: (query: Q, last?: R) => Promise<Rows<R> | ApiReply>) {
  const older = shallowRef('');
  let wanted = first;
  const { found, problem, load } = useFetched(async () => {
    const query = wanted;
    const answer = await ask(query);
    return failed(answer) ? answer : { ...answer, query };
  });

  async function find(query: Q): Promise<void> {
    wanted = query;
    older.value = '';
    await load();
  }

  async function next(): Promise<void> {
    const known = found.value;
    if (known === undefined) return;
    const answer = await ask(known.query, known.rows[known.rows.length - 1]);
    // Something else was found meanwhile.
    if (found.value !== known) return;
    older.value = failed(answer) ? problemText(answer) : '';
    if (!failed(answer)) found.value = { ...answer, rows: [...known.rows, ...answer.rows], query: known.query };
  }

  return { found, problem, older, load, find, next };
}

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

// Doing something to a tenure: busy while the server is asked, what it said if it would not, and done.
import { shallowRef } from 'vue';
import type { ApiReply } from '../../host/client';
import { problemText, succeeded } from '../../state/problem';

export function useDeed(done: () => void) {
  const problem = shallowRef('');
  const busy = shallowRef(false);

  async function act(asked: Promise<ApiReply>): Promise<void> {
    busy.value = true;
    const reply = await asked;
    busy.value = false;
    problem.value = succeeded(reply) ? '' : problemText(reply);
    if (succeeded(reply)) done();
  }

  return { problem, busy, act };
}

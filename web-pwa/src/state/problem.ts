// Turns what the server refused into a sentence.
import type { ApiReply } from '../host/client';
import { clockText } from '../text/day';
import { t, word } from '../text/text';

export function succeeded(reply: ApiReply): boolean {
  return reply.status >= 200 && reply.status < 300;
}

/** Whether what was asked for is a reply that says why not. */
export function failed(answer: object): answer is ApiReply {
  return 'status' in answer;
}

export function problemText(reply: ApiReply): string {
  if (reply.status === 0) return t('problem.offline');
  const problem = (reply.body ?? {}) as { code?: string; until_ms?: number };
  if (problem.code === 'locked_out') {
    const until = problem.until_ms;
    return until === undefined ? t('problem.locked_out_some') : t('problem.locked_out', { time: clockText(until) });
  }
  return word('problem', problem.code ?? '', 'problem.other');
}

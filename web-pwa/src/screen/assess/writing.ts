// What an office types of an assessment, until the server has it. Where somebody else wrote meanwhile, what they wrote is
// shown and what was typed stays: saving again is then on top of theirs.
import { shallowRef } from 'vue';
import type { ApiReply } from '../../host/client';
import { problemText, succeeded } from '../../state/problem';
import { say } from '../../state/said';
import { t } from '../../text/text';

export function useWriting(done: { changed: () => void; close: () => void }) {
  const problem = shallowRef('');
  /** Somebody else wrote meanwhile. */
  const crossed = shallowRef(false);
  const busy = shallowRef(false);

  async function save(sent: Promise<ApiReply>): Promise<void> {
    busy.value = true;
    const reply = await sent;
    busy.value = false;
    if (succeeded(reply)) {
      say(t('assess.saved'));
      done.changed();
      done.close();
      return;
    }
    problem.value = problemText(reply);
    crossed.value = reply.status === 409;
    if (crossed.value) done.changed();
  }

  return { problem, crossed, busy, save };
}

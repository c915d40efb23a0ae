// A file that the server makes and the browser saves: what is being made, what went wrong, and the file itself for as long as
// the screen stands.
import { onBeforeUnmount, shallowRef } from 'vue';
import type { FileReply } from '../../host/client';
import { problemText, succeeded } from '../../state/problem';
import { t } from '../../text/text';

export interface SavedFile {
  url: string;
  name: string;
}

export function useSaving() {
  const making = shallowRef(false);
  const problem = shallowRef('');
  const file = shallowRef<SavedFile>();

  function forget(): void {
    if (file.value !== undefined) URL.revokeObjectURL(file.value.url);
    file.value = undefined;
  }

  /** `otherwise` is its name where the server gives none. */
  async function save(made: Promise<FileReply>, otherwise: string): Promise<void> {
    forget();
    problem.value = '';
    making.value = true;
    const reply = await made;
    making.value = false;
    if (!succeeded(reply) || !(reply.body instanceof Blob)) {
      problem.value = t('export.failed', { why: problemText(reply) });
      return;
    }
    const name = reply.name === undefined || reply.name === '' ? otherwise : reply.name;
    file.value = { url: URL.createObjectURL(reply.body), name };
  }

  onBeforeUnmount(forget);
  return { making, problem, file, save };
}

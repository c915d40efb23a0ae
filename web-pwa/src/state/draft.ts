// A form being filled in: every keystroke is on its way to the disk within a moment, one save at a time and the last one
// never left out, also when the page is hidden or closed.
import { onScopeDispose, reactive, shallowRef } from 'vue';
import { tell, type EntryKind, type FieldValue, type Refusal } from '../host/client';

const PAUSE_MS = 120;

export type Fields = Record<string, FieldValue>;

export interface Draft {
  fields: Fields;
  state: { value: 'new' | 'keeping' | 'kept' | 'failed' };
  refusal: { value: Refusal | undefined };
  set(name: string, value: FieldValue): void;
  /** Waits until what was typed is on the disk; gives the draft's id, or nothing when it could not be stored. */
  flush(evenIfUntouched?: boolean): Promise<string | undefined>;
  /** Forgets what waits to be saved: the draft has become an entry, or is gone. */
  close(): void;
}

/** Begins with `fields`; they are saved with the first change, under `id` if the draft exists already. */
export function useDraft(kind: EntryKind, fields: Fields, id: string | undefined, began: (id: string) => void): Draft {
  const values = reactive<Fields>({ ...fields });
  const state = shallowRef<'new' | 'keeping' | 'kept' | 'failed'>(id === undefined ? 'new' : 'kept');
  const refusal = shallowRef<Refusal>();
  let entry = id;
  let dirty = false;
  let closed = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let saving: Promise<void> = Promise.resolve();

  async function save(): Promise<void> {
    if (!dirty || closed) return;
    dirty = false;
    const outcome = await tell({ do: 'save_draft', entry: entry ?? null, kind, fields: { ...values } });
    if (outcome.outcome === 'refused') {
      dirty = true; // tried again with the next keystroke
      state.value = 'failed';
      refusal.value = outcome.refusal;
      return;
    }
    refusal.value = undefined;
    if (!dirty) state.value = 'kept';
    if (entry === undefined && outcome.entry !== null) {
      entry = outcome.entry;
      began(entry);
    }
  }

  async function flush(even = false): Promise<string | undefined> {
    clearTimeout(timer);
    timer = undefined;
    dirty ||= even && entry === undefined;
    saving = saving.then(save);
    await saving;
    return dirty ? undefined : entry;
  }

  function set(name: string, value: FieldValue): void {
    if (values[name] === value) return;
    values[name] = value;
    dirty = true;
    if (state.value !== 'failed') state.value = 'keeping';
    // Not begun anew by the next keystroke: nobody types so steadily that nothing is saved.
    timer ??= setTimeout(() => void flush(), PAUSE_MS);
  }

  const hide = () => void flush();
  document.addEventListener('visibilitychange', hide);
  window.addEventListener('pagehide', hide);
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', hide);
    window.removeEventListener('pagehide', hide);
    void flush();
  });
  return { fields: values, state, refusal, set, flush, close: () => (closed = true) };
}

// A form being filled in: every keystroke is on its way to the disk within a moment, one save at a time and the last one
// never left out, also when the page is hidden or closed.
import { onScopeDispose, reactive, shallowRef } from 'vue';
import { tell, type EntryKind, type FieldValue, type Refusal } from '../host/client';

const PAUSE_MS = 120;
/** What could not be stored is tried again by itself: a phone's space may be cleared meanwhile. */
const RETRY_MS = 4000;

export type Fields = Record<string, FieldValue>;

export interface Draft {
  fields: Fields;
  state: { value: 'new' | 'keeping' | 'kept' | 'failed' };
  refusal: { value: Refusal | undefined };
  set(name: string, value: FieldValue): void;
  /** Waits until what was typed is on the disk; gives the draft's id, or nothing when it could not be stored. */
  flush(evenIfUntouched?: boolean): Promise<string | undefined>;
  /** While held nothing is saved: the draft is becoming an entry, and must not begin anew under its id. */
  hold(held: boolean): void;
}

/** Begins with `fields`; they are saved with the first change, under `id` if the draft exists already. */
export function useDraft(kind: EntryKind, fields: Fields, id: string | undefined, began: (id: string) => void): Draft {
  const values = reactive<Fields>({ ...fields });
  const state = shallowRef<'new' | 'keeping' | 'kept' | 'failed'>(id === undefined ? 'new' : 'kept');
  const refusal = shallowRef<Refusal>();
  let entry = id;
  let dirty = false;
  let held = false;
  let left = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let saving: Promise<void> = Promise.resolve();

  async function save(): Promise<void> {
    if (!dirty || held) return;
    dirty = false;
    const outcome = await tell({ do: 'save_draft', entry: entry ?? null, kind, fields: { ...values } });
    if (outcome.outcome === 'refused') {
      dirty = true;
      const mayPass = outcome.refusal.code === 'not_stored' || outcome.refusal.code === 'not_open';
      if (mayPass) timer ??= setTimeout(() => void flush(), RETRY_MS);
      state.value = 'failed';
      refusal.value = outcome.refusal;
      return;
    }
    refusal.value = undefined;
    state.value = dirty ? 'keeping' : 'kept';
    if (entry === undefined && outcome.entry !== null) {
      entry = outcome.entry;
      if (!left) began(entry);
    }
  }

  async function flush(even = false): Promise<string | undefined> {
    clearTimeout(timer);
    timer = undefined;
    dirty ||= even && entry === undefined;
    // Twice, for what was typed while the first was on its way.
    saving = saving.then(save).then(() => (state.value === 'failed' ? undefined : save()));
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
    left = true;
    document.removeEventListener('visibilitychange', hide);
    window.removeEventListener('pagehide', hide);
    void flush();
  });
  function hold(now: boolean): void {
    held = now;
    if (!held) void flush();
  }

  return { fields: values, state, refusal, set, flush, hold };
}

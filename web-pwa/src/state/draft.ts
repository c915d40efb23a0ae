// A form being filled in: every keystroke is on its way to the disk within a moment, one save at a time and the last one
// never left out, also when the page is hidden or closed.
import { onScopeDispose, reactive, shallowRef } from 'vue';
import { newId, onStatus, tell, type DraftView, type EntryKind, type FieldValue, type Refusal } from '../host/client';

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
  /** Takes over what came from another device, unless something typed here is still on its way. */
  follow(view: DraftView): void;
}

/** What stood in a form when the browser cleaned up under it: in this page's memory only, for the same person. */
interface Rescued {
  person: string;
  kind: EntryKind;
  id: string;
  fields: Fields;
}

export const rescued = shallowRef<Rescued>();
let rescue: (() => Omit<Rescued, 'person'> | undefined) | undefined;
let person = '';

onStatus((status) => {
  if (status.phase !== 'signed_out') {
    if (status.person !== null && status.person !== rescued.value?.person) rescued.value = undefined;
    person = status.person ?? person;
  } else if (status.lost) {
    const typed = rescue?.();
    if (typed !== undefined) rescued.value = { person, ...typed };
  } else rescued.value = undefined;
});

/** Begins with `fields`; they are saved with the first change, under `id` if the draft exists already. A new one has its
 *  name from the start: a first save whose answer was lost is given again, and does not make a second draft. */
export function useDraft(
  kind: EntryKind,
  fields: Fields,
  id: string | undefined,
  began: (id: string) => void,
  revision = 0,
): Draft {
  const found = takeRescued(kind, id);
  const values = reactive<Fields>({ ...fields, ...found?.fields });
  const before = found === undefined && id !== undefined;
  const state = shallowRef<'new' | 'keeping' | 'kept' | 'failed'>(before ? 'kept' : 'new');
  const refusal = shallowRef<Refusal>();
  const entry = id ?? found?.id ?? newId();
  let stored = before;
  let dirty = false;
  let held = false;
  let left = false;
  let seen = revision;
  let busy = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let saving: Promise<void> = Promise.resolve();

  async function save(): Promise<void> {
    if (!dirty || held) return;
    dirty = false;
    busy = true;
    const outcome = await tell({ do: 'save_draft', entry, kind, fields: { ...values }, seen });
    busy = false;
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
    if (!stored && !left) began(entry);
    stored = true;
  }

  async function flush(even = false): Promise<string | undefined> {
    clearTimeout(timer);
    timer = undefined;
    dirty ||= even && !stored;
    // Twice, for what was typed while the first was on its way.
    saving = saving.then(save).then(() => (state.value === 'failed' ? undefined : save()));
    await saving;
    return stored && !dirty ? entry : undefined;
  }

  function set(name: string, value: FieldValue): void {
    if (values[name] === value) return;
    values[name] = value;
    dirty = true;
    if (state.value !== 'failed') state.value = 'keeping';
    // Not begun anew by the next keystroke: nobody types so steadily that nothing is saved.
    timer ??= setTimeout(() => void flush(), PAUSE_MS);
  }

  /** What stands here goes to the other devices now: nobody is typing. */
  async function leave(): Promise<void> {
    await flush();
    if (stored && !held) await tell({ do: 'leave_draft', entry });
  }

  function follow(view: DraftView): void {
    if (view.revision === seen || dirty || busy) return;
    seen = view.revision;
    for (const name of new Set([...Object.keys(values), ...Object.keys(view.fields)])) {
      const value = view.fields[name] ?? '';
      if ((values[name] ?? '') !== value) values[name] = value;
    }
  }

  const hide = () => void (document.visibilityState === 'hidden' ? leave() : flush());
  document.addEventListener('visibilitychange', hide);
  window.addEventListener('pagehide', hide);
  const mine = () => (stored || dirty ? { kind, id: entry, fields: { ...values } } : undefined);
  rescue = mine;
  onScopeDispose(() => {
    left = true;
    if (rescue === mine) rescue = undefined;
    document.removeEventListener('visibilitychange', hide);
    window.removeEventListener('pagehide', hide);
    void leave();
  });
  function hold(now: boolean): void {
    held = now;
    if (!held) void flush();
  }

  if (found !== undefined) void flush(true);
  return { fields: values, state, refusal, set, flush, hold, follow };
}

/** What was rescued, if it belongs into this form. */
function takeRescued(kind: EntryKind, id: string | undefined): Rescued | undefined {
  const found = rescued.value;
  if (found === undefined || found.kind !== kind || (id !== undefined && id !== found.id)) return undefined;
  rescued.value = undefined;
  return found;
}

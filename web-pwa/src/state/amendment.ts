// An entry being amended: only what differs from the entry is kept, in a note on this device, until it is saved or given
// up, so that a killed tab loses nothing typed here either.
import { computed, onScopeDispose, reactive, type ComputedRef } from 'vue';
import { note, type FieldValue } from '../host/client';
import type { Fields } from './draft';

const PAUSE_MS = 120;

export interface Amendment {
  /** The entry's values with the changes over them. */
  values: ComputedRef<Fields>;
  changes: ComputedRef<Fields>;
  set(name: string, value: FieldValue): void;
  drop(): Promise<void>;
}

/** `kept` is what an earlier visit to this form left behind. */
export async function keptAmendment(entry: string): Promise<Fields> {
  const kept = await note(`amendment:${entry}`, null);
  try {
    return kept === null ? {} : (JSON.parse(kept) as Fields);
  } catch {
    return {};
  }
}

export function useAmendment(entry: string, base: () => Fields, kept: Fields): Amendment {
  const typed = reactive<Fields>({ ...kept });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  const changes = computed(() => {
    const entries = Object.entries(typed).filter(([name, value]) => value !== (base()[name] ?? ''));
    return Object.fromEntries(entries);
  });
  const values = computed(() => ({ ...base(), ...typed }));

  async function keep(): Promise<void> {
    clearTimeout(timer);
    timer = undefined;
    if (closed) return;
    const text = Object.keys(changes.value).length === 0 ? '' : JSON.stringify(changes.value);
    await note(`amendment:${entry}`, text);
  }

  function set(name: string, value: FieldValue): void {
    typed[name] = value;
    timer ??= setTimeout(() => void keep(), PAUSE_MS);
  }

  async function drop(): Promise<void> {
    closed = true;
    await note(`amendment:${entry}`, '');
  }

  const hide = () => void (timer === undefined ? undefined : keep());
  document.addEventListener('visibilitychange', hide);
  window.addEventListener('pagehide', hide);
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', hide);
    window.removeEventListener('pagehide', hide);
    hide();
  });
  return { values, changes, set, drop };
}

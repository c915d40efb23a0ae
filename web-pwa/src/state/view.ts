// A view that follows the core: asked for when a screen opens and again whenever something changed. It never empties in
// between, so that a screen does not flicker.
import { onScopeDispose, shallowRef, watch, type ShallowRef } from 'vue';
import { ask, onChanged, type Query, type View } from '../host/client';

const FOLLOW_MS = 150;

type Named<V extends View['view']> = Extract<View, { view: V }>;

export interface Followed<V extends View['view']> {
  view: ShallowRef<Named<V> | undefined>;
  /** What was asked for is not on this device. */
  missing: ShallowRef<boolean>;
}

/** Follows what `query` gives; undefined asks nothing. `name` is the view that answers it. */
export function useView<V extends View['view']>(name: V, query: () => Query | undefined): Followed<V> {
  const view = shallowRef<Named<V>>();
  const missing = shallowRef(false);
  let asking = false;
  let again = false;

  async function refresh(): Promise<void> {
    const wanted = query();
    if (wanted === undefined) return;
    if (asking) {
      again = true;
      return;
    }
    asking = true;
    try {
      const answer = await ask(wanted);
      if (JSON.stringify(wanted) === JSON.stringify(query())) {
        missing.value = answer.view === 'not_found';
        if (answer.view === name) view.value = answer as Named<V>;
      }
    } catch {
      // The status says what is wrong; what stood here stays.
    }
    asking = false;
    if (again) {
      again = false;
      await refresh();
    }
  }

  watch(
    () => JSON.stringify(query()),
    () => {
      view.value = undefined;
      missing.value = false;
      void refresh();
    },
  );
  // Every keystroke of a form is a change: a screen follows a few times a second, not at each.
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = onChanged(() => {
    timer ??= setTimeout(() => {
      timer = undefined;
      void refresh();
    }, FOLLOW_MS);
  });
  onScopeDispose(() => {
    stop();
    clearTimeout(timer);
  });
  void refresh();
  return { view, missing };
}

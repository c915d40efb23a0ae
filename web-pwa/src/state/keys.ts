// Keys of a computer for what stands on the screen as buttons. None of them is a letter: those belong to who types. Inside
// a field and while a sheet is open they do nothing; a sheet has its own.
import { onBeforeUnmount, onMounted } from 'vue';

/** Each by its name: `Ctrl+Enter`, `F2`, `ArrowRight`. */
export type Keys = Record<string, () => void>;

function nameOf(event: KeyboardEvent): string {
  return (event.ctrlKey || event.metaKey ? 'Ctrl+' : '') + event.key;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || target.matches('input:not([type=checkbox], [type=radio]), textarea, select'))
  );
}

export function useKeys(keys: () => Keys): void {
  function pressed(event: KeyboardEvent): void {
    if (event.altKey || event.shiftKey || event.repeat || event.isComposing || isTyping(event.target)) return;
    if (document.querySelector('dialog[open]') !== null) return;
    const act = keys()[nameOf(event)];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }
  onMounted(() => window.addEventListener('keydown', pressed));
  onBeforeUnmount(() => window.removeEventListener('keydown', pressed));
}

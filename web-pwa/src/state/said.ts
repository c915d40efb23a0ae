// One sentence about what was just done, shown on the screen one comes to next, and gone after it was read.
import { shallowRef } from 'vue';

export const said = shallowRef<{ text: string; hint: string }>();
let timer: ReturnType<typeof setTimeout> | undefined;

export function say(text: string, hint = ''): void {
  said.value = { text, hint };
  clearTimeout(timer);
  timer = setTimeout(() => (said.value = undefined), 8000);
}

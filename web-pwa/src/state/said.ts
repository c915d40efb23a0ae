// One sentence about what was just done, shown on the screen one comes to next, and gone after it was read.
import { shallowRef, watch } from 'vue';
import { route } from './route';

export const said = shallowRef<{ text: string; hint: string }>();
/** Said while leaving a screen, it is for the next one. */
const LEAVING_MS = 600;
let saidAt = 0;
let timer: ReturnType<typeof setTimeout> | undefined;

export function say(text: string, hint = ''): void {
  said.value = { text, hint };
  saidAt = Date.now();
  clearTimeout(timer);
  timer = setTimeout(() => (said.value = undefined), 8000);
}

watch(route, () => {
  if (Date.now() - saidAt > LEAVING_MS) said.value = undefined;
});

// Where the person is: a path behind the `#`, so that deep links and reloads need nothing of the server. Going up goes
// back when the upper place is where one came from, so the phone's back button and the arrow agree.
import { computed, nextTick, shallowRef } from 'vue';

const path = shallowRef(read());
const trail = [path.value];
const scrolled = new Map<string, number>();

/** The parts of the path: `#/entry/42` is `['entry', '42']`. */
export const route = computed(() => path.value.split('/').filter((part) => part !== ''));

function read(): string {
  return decodeURI(location.hash.replace(/^#/, '')) || '/';
}

export function go(to: string): void {
  location.hash = to;
}

/** Replaces the present place, which is then not come back to. */
export function replace(to: string): void {
  history.replaceState(null, '', `#${to}`);
  trail[trail.length - 1] = to;
  path.value = to;
}

/** The place one came from, if it is one of these: what is told of the same thing in more than one list goes up to the one that
    led to it. */
export function cameFrom(...places: string[]): string | undefined {
  const before = trail[trail.length - 2];
  return places.some((place) => before === `/${place}` || before?.startsWith(`/${place}/`)) ? before : undefined;
}

export function up(to: string): void {
  if (trail[trail.length - 2] === to) history.back();
  else replace(to);
}

window.addEventListener('hashchange', () => {
  const to = read();
  if (to === path.value) return;
  scrolled.set(path.value, window.scrollY);
  const back = trail[trail.length - 2] === to;
  if (back) trail.pop();
  else trail.push(to);
  path.value = to;
  void nextTick(() => scrollTo(back ? (scrolled.get(to) ?? 0) : 0));
});

/** Lists come a moment after their screen: tries until the page is long enough. */
function scrollTo(top: number, attempts = 12): void {
  window.scrollTo(0, top);
  if (attempts > 0 && Math.abs(window.scrollY - top) > 2) requestAnimationFrame(() => scrollTo(top, attempts - 1));
}

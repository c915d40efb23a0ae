// Whether there seems to be a network, whether the page opens without one, and whether a new version waits.
import { shallowRef } from 'vue';
import { onOffline, type Offline } from '../host/client';

/** What the browser believes; it may be wrong, so nothing is refused because of it. */
export const online = shallowRef(navigator.onLine);
export const offline = shallowRef<Offline>({ opening: 'preparing', updateWaits: false });

onOffline((next) => {
  offline.value = next;
});
window.addEventListener('online', () => (online.value = true));
window.addEventListener('offline', () => (online.value = false));

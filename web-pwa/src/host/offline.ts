// The service worker, which lets the page open without a network, and new versions, which wait until a person says so:
// never in the middle of an entry. Everything works without it except opening offline.
import { registerSW } from 'virtual:pwa-register';

export interface Offline {
  /** `insecure`: the page came without TLS, where browsers have no service worker. */
  opening: 'ready' | 'preparing' | 'impossible' | 'insecure';
  updateWaits: boolean;
}

let state: Offline = { opening: begin(), updateWaits: false };
let update: (() => Promise<void>) | undefined;
const listeners = new Set<(state: Offline) => void>();

function begin(): Offline['opening'] {
  if (!('serviceWorker' in navigator)) return window.isSecureContext ? 'impossible' : 'insecure';
  return navigator.serviceWorker.controller === null ? 'preparing' : 'ready';
}

function set(change: Partial<Offline>): void {
  state = { ...state, ...change };
  for (const listener of listeners) listener(state);
}

export function startOffline(): void {
  if (!('serviceWorker' in navigator) || !import.meta.env.PROD) return;
  update = registerSW({
    immediate: true,
    onOfflineReady: () => set({ opening: 'ready' }),
    onNeedRefresh: () => set({ updateWaits: true }),
    onRegisterError: () => set({ opening: 'impossible' }),
  });
}

/** Loads the new version; the page starts anew. Where none waits yet, looks for one first. */
export async function takeUpdate(): Promise<void> {
  if (state.updateWaits) {
    await update?.();
    return;
  }
  const registration = await navigator.serviceWorker?.getRegistration();
  await registration?.update().catch(() => {});
  location.reload();
}

export function onOffline(listener: (state: Offline) => void): () => void {
  listeners.add(listener);
  listener(state);
  return () => listeners.delete(listener);
}

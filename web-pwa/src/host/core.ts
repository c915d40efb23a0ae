// Loads the WASM core and names its face. One module is loaded a worker; after a trap its memory is not to be trusted and
// the worker goes with it.
import type { Effect, Event, Identity, Query, View } from './contract';
import load, { Core as Bound } from './wasm/zhucun_wasm.js';

export interface Core {
  step(nowMs: number, event: Event): Effect[];
  view(nowMs: number, query: Query): View;
  accessToken(): string | undefined;
  identity(): Identity | null;
  free(): void;
}

let loaded: Promise<unknown> | undefined;

/** Fetches and compiles the core. Rejects when the browser cannot run it or the file did not come; may be tried again. */
export async function loadCore(): Promise<void> {
  loaded ??= load();
  loaded.catch(() => (loaded = undefined));
  await loaded;
}

/** A new instance that has seen no event. */
export async function newCore(): Promise<Core> {
  await loadCore();
  return new Bound() as Core;
}

/** Whether this is the end of the instance, and not a complaint about what it was given. */
export function isTrap(error: unknown): boolean {
  return error instanceof WebAssembly.RuntimeError;
}

// A slower machine: a browser, all its processes together, that is stopped most of the time. Chromium's own throttling of
// the processor leaves workers as fast as they are, and the core runs in one.
import { setTimeout } from 'node:timers/promises';
import type { Page } from '@playwright/test';
import type { Device } from './device.ts';

/** It runs so long at a time: below what a frame takes. */
const RUNS_MS = 5;
/** A machine under load wakes late, so the share is sought by measuring; more than this much is not needed. */
const STOPS_MAX_MS = 60;
const STOPS_STEP_MS = 1;
/** A calculation of about half a second on a fast machine. */
const ROUNDS = 3e8;

export interface Slowness {
  /** How much longer a calculation takes than before. */
  factor: number;
  stopsMs: number;
}

/** What a calculation takes on the page, in milliseconds. */
function spin(page: Page): Promise<number> {
  return page.evaluate((rounds) => {
    const began = performance.now();
    let sum = 0;
    for (let at = 0; at < rounds; at += 1) sum += at % 7;
    return sum > 0 ? performance.now() - began : 0;
  }, ROUNDS);
}

/** From now on the device's browser runs for 5 ms and is stopped for so long, over and over; gives what ends it. */
export function slow(device: Device, stopsMs: number): () => Promise<void> {
  const group = -device.browserPid();
  const over = new AbortController();
  const beat = (async () => {
    while (!over.signal.aborted) {
      process.kill(group, 'SIGSTOP');
      await setTimeout(stopsMs);
      process.kill(group, 'SIGCONT');
      await setTimeout(RUNS_MS);
    }
  })();
  return () => {
    over.abort();
    return beat;
  };
}

/** How long the browser of the device must be stopped each time to be so many times slower, found by trying. */
export async function slowness(device: Device, times: number): Promise<Slowness> {
  const { page } = device;
  const free = Math.min(await spin(page), await spin(page), await spin(page));
  // It wakes late, so the share by the numbers is too much already.
  for (let stopsMs = Math.round((RUNS_MS * (times - 1)) / 2); ; stopsMs += STOPS_STEP_MS) {
    const fast = slow(device, stopsMs);
    const factor = (await spin(page)) / free;
    await fast();
    if (factor >= times) return { factor, stopsMs };
    if (stopsMs > STOPS_MAX_MS)
      throw new Error(`stopped for ${stopsMs} ms it is only ${factor.toFixed(1)} times slower`);
  }
}

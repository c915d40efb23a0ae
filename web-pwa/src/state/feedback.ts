// Feedback that waits on this device: each in a note of its own, sent when there is a network, gone from here once the server
// has it. What the server will never take stays, and why is said.
import { shallowRef } from 'vue';
import { api, newId, note, notes } from '../host/client';
import { problemText, succeeded } from './problem';

const PREFIX = 'feedback:';

export interface WaitingFeedback {
  id: string;
  text: string;
  written_ms: number;
}

export const waiting = shallowRef<WaitingFeedback[]>([]);
/** Why the server did not take the last one. */
export const refused = shallowRef('');
let sending: Promise<void> | undefined;

async function load(): Promise<void> {
  const kept = Object.values(await notes(PREFIX)).map((text) => JSON.parse(text) as WaitingFeedback);
  kept.sort((one, other) => other.written_ms - one.written_ms);
  waiting.value = kept;
}

/** Keeps what was written, and tries to send it. False where this device could not keep it. */
export async function write(text: string): Promise<boolean> {
  const one: WaitingFeedback = { id: newId(), text, written_ms: Date.now() };
  const kept = JSON.stringify(one);
  if ((await note(PREFIX + one.id, kept)) !== kept) return false;
  await load();
  void send();
  return true;
}

export async function drop(id: string): Promise<void> {
  await note(PREFIX + id, '');
  await load();
}

/** Sends all that waits. */
export function send(): Promise<void> {
  sending ??= sendAll().finally(() => (sending = undefined));
  return sending;
}

async function sendAll(): Promise<void> {
  await load();
  refused.value = '';
  const oldestFirst = [...waiting.value];
  oldestFirst.sort((one, other) => one.written_ms - other.written_ms);
  for (const { id, text, written_ms } of oldestFirst) {
    // One after the other: without a network the first says so for all.
    // oxlint-disable-next-line no-await-in-loop
    const reply = await api('PUT', `/api/v1/feedback/${id}`, { text, written_ms });
    // oxlint-disable-next-line no-await-in-loop
    if (succeeded(reply)) await drop(id);
    else if (reply.status === 0 || reply.status === 401) return;
    else refused.value = problemText(reply);
  }
}

const nudge = () => {
  if (document.visibilityState === 'visible') void send();
};

/** Sends what waits now, and whenever the page is looked at again or there is a network. */
export function followFeedback(): void {
  window.addEventListener('online', nudge);
  document.addEventListener('visibilitychange', nudge);
  nudge();
}

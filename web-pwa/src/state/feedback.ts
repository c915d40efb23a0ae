// Feedback that waits on this device: each in a note of its own, sent when there is a network, gone from here once the server
// has it. What the server will never take stays, and why is said.
import { shallowRef } from 'vue';
import { api, newId, note, notes, type ApiReply } from '../host/client';
import { problemText, succeeded } from './problem';
import { status } from './session';

const PREFIX = 'feedback:';

export interface WaitingFeedback {
  id: string;
  text: string;
  written_ms: number;
}

export const waiting = shallowRef<WaitingFeedback[]>([]);
/** By id, why the server will not take what stays here. */
export const refused = shallowRef<Record<string, string>>({});
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

/** Whether it is worth trying again: no network, nobody signed in, or a server that is busy or in trouble. */
const passes = ({ status: code }: ApiReply) => code === 0 || code === 401 || code === 429 || code >= 500;

async function sendAll(): Promise<void> {
  const { person } = status.value;
  refused.value = {};
  await load();
  for (;;) {
    // The oldest that was not tried, also of what was written meanwhile; one after the other, since without a network the
    // first says so for all.
    const untried = waiting.value.filter(({ id }) => refused.value[id] === undefined);
    const one = untried[untried.length - 1];
    if (one === undefined) return;
    const { id, text, written_ms } = one;
    // oxlint-disable-next-line no-await-in-loop
    const reply = await api('PUT', `/api/v1/feedback/${id}`, { text, written_ms });
    // Somebody else sits here now: the rest is not theirs.
    if (status.value.person !== person || passes(reply)) return;
    // oxlint-disable-next-line no-await-in-loop
    if (succeeded(reply)) await drop(id);
    else refused.value = { ...refused.value, [id]: problemText(reply) };
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

// The whole contract that screens see: views, commands, the session, and the desk's JSON API. It speaks to the worker and
// starts a new one when the core fell, a bounded number of times; it keeps nothing and decides nothing about records.
import { now } from '../port/clock';
import { uuid } from '../port/dice';
import { hasLocks, waitHold } from '../port/lock';
import { askToKeep, noteKept, wasKept, type StorageState } from '../port/storage';
import type { Command, Outcome, Query, View } from './contract';
import type { Answers, ApiReply, FileReply, PageAsk, Status, ToPage, ToWorker } from './message';

export type * from './contract';
export type { ApiReply, FileReply, Status } from './message';
export { keepPreference, preference } from '../port/preference';
export { readTable, tableBytes } from '../port/sheet';
export type { StorageState } from '../port/storage';
export { onOffline, startOffline, takeUpdate, type Offline } from './offline';

/** More falls than this within `FALLS_MS`, and only the person may try again. */
const FALLS_MAX = 5;
const FALLS_MS = 60_000;

interface Waiting {
  wish: PageAsk;
  resolve(value: never): void;
  reject(error: Error): void;
}

const starting: Status = { phase: 'starting', person: null, mustChangePassword: false, lost: false };
const waiting = new Map<number, Waiting>();
const changedListeners = new Set<() => void>();
const statusListeners = new Set<(status: Status) => void>();
let worker: Worker | undefined;
let watch = new AbortController();
let lastId = 0;
let falls: number[] = [];
/** Something was asked that nobody could answer, or the core fell: screens ask again when all is open. */
let stale = false;
let status = starting;

function request<A extends PageAsk>(wish: A): Promise<Answers[A['ask']]> {
  return new Promise((resolve, reject) => {
    if (worker === undefined) {
      reject(new Error('not started'));
      return;
    }
    lastId += 1;
    waiting.set(lastId, { wish, resolve, reject });
    worker.postMessage({ id: lastId, ask: wish } satisfies ToWorker);
  });
}

function setStatus(next: Status): void {
  const opened = next.phase === 'open' && status.phase !== 'open';
  // What is on screen is somebody else's.
  stale ||= status.person !== null && next.person !== status.person;
  const asksAgain = opened && stale;
  if (opened) stale = false;
  // The note outside IndexedDB tells a browser that cleaned up from one that was never used.
  if (next.phase === 'open') noteKept(true);
  status = next.phase === 'signed_out' ? { ...next, lost: next.lost || wasKept() } : next;
  for (const listener of statusListeners) listener(status);
  if (asksAgain) for (const listener of changedListeners) listener();
}

function heard(message: ToPage): void {
  if (message.say === 'changed') for (const listener of changedListeners) listener();
  else if (message.say === 'status') setStatus(message.status);
  else if (message.say === 'fallen') fall();
  else {
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.say === 'reply') asked?.resolve(message.value as never);
    else {
      stale = true;
      asked?.reject(new Error('not answered'));
    }
  }
}

function start(): void {
  worker?.terminate();
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.addEventListener('message', (event: MessageEvent<ToPage>) => heard(event.data));
  worker.addEventListener('error', () => setStatus({ ...starting, phase: 'broken' }));
  watch.abort();
  watch = new AbortController();
  if (hasLocks()) void watchOver(watch.signal);
  tellVisible();
}

/** A worker that the system ends does not say so. It holds a lock while it lives; when that is free, it fell. */
async function watchOver(signal: AbortSignal): Promise<void> {
  const lock = `zhucun-worker-${uuid()}`;
  try {
    await request({ ask: 'live', lock });
    (await waitHold(lock, signal))?.release();
  } catch {
    return; // there is another worker by now
  }
  if (!signal.aborted) fall();
}

/** Law 3. Questions are asked again; nobody knows what became of the rest, and nothing may be promised. */
function fall(): void {
  falls = [...falls.filter((at) => now() - at < FALLS_MS), now()];
  const again = falls.length <= FALLS_MAX;
  if (!again) setStatus({ ...starting, phase: 'broken' });
  beginAnew(again);
}

/** Another worker, if one is to be had; what the last one was asked is asked of it. */
function beginAnew(again: boolean): void {
  const open = [...waiting.values()];
  waiting.clear();
  stale = true;
  if (again) start();
  for (const { wish, resolve, reject } of open) {
    if (again && wish.ask === 'view') request(wish).then(resolve as (view: View) => void, reject);
    else reject(new Error('the core fell'));
  }
}

function tellVisible(): void {
  request({ ask: 'visible', visible: document.visibilityState === 'visible' }).catch(() => {});
}

/** Starts the worker. Once, when the page starts, and again when a person asks for it after it broke. */
export function startClient(): void {
  falls = [];
  setStatus(starting);
  beginAnew(true);
}

export function ask(query: Query): Promise<View> {
  return request({ ask: 'view', query });
}

/** The name of something new: minted here, so that a command whose answer was lost can be given again. */
export function newId(): string {
  return uuid();
}

/** Never rejects: what could not be asked was not stored. */
export async function tell(command: Command): Promise<Outcome> {
  try {
    return await request({ ask: 'tell', command });
  } catch {
    return { outcome: 'refused', refusal: { code: 'not_stored' } };
  }
}

/** On success the status changes by itself. Status 0: no reply came. */
export async function signIn(login: string, password: string): Promise<ApiReply> {
  const reply = await request({ ask: 'sign_in', login, password, label: deviceLabel() }).catch(() => noReply);
  if (reply.status >= 200 && reply.status < 300) noteKept(true);
  return reply;
}

export function changePassword(old: string, fresh: string): Promise<ApiReply> {
  return request({ ask: 'change_password', old, fresh }).catch(() => noReply);
}

/** With `clear` nothing of the person stays on this device; without it unsent work waits for the next sign-in. */
export async function signOut(clear: boolean): Promise<void> {
  noteKept(false);
  await request({ ask: 'sign_out', clear });
}

/** A call of the JSON API as whoever is signed in; an expired token is renewed and the call tried once more. */
export function api(method: string, path: string, body?: unknown): Promise<ApiReply> {
  return request({ ask: 'api', method, path, body }).catch(() => noReply);
}

/** A file that the server makes for whoever is signed in. */
export function download(path: string): Promise<FileReply> {
  return request({ ask: 'file', path }).catch(() => noReply);
}

/** Sends a file as whoever is signed in. */
export function send(path: string, bytes: ArrayBuffer): Promise<ApiReply> {
  return request({ ask: 'send', path, bytes }).catch(() => noReply);
}

/** Text kept on this device beside the records, for what is half typed; `''` removes it. */
export function note(key: string, text: string | null): Promise<string | null> {
  return request({ ask: 'note', key, text }).catch(() => null);
}

/** All notes whose key begins so, by key. */
export function notes(prefix: string): Promise<Record<string, string>> {
  return request({ ask: 'notes', prefix }).catch(() => ({}));
}

export function storageState(): Promise<StorageState> {
  return askToKeep();
}

export function onChanged(listener: () => void): () => void {
  changedListeners.add(listener);
  return () => changedListeners.delete(listener);
}

/** Calls back at once and at every change. */
export function onStatus(listener: (status: Status) => void): () => void {
  statusListeners.add(listener);
  listener(status);
  return () => statusListeners.delete(listener);
}

const noReply: ApiReply = { status: 0, body: undefined };

/** By what a person tells their devices apart in the list. */
function deviceLabel(): string {
  const agent = navigator.userAgent;
  const system = /HarmonyOS|Android [\d.]+|iPhone|iPad|Windows|Mac OS X|Linux/.exec(agent)?.[0] ?? '';
  const model = /Android [\d.]+; ([^;)]+?)(?: Build|\))/.exec(agent)?.[1] ?? '';
  const browser = /MicroMessenger|HuaweiBrowser|UCBrowser|MQQBrowser|EdgA?|Chrome|Safari/.exec(agent)?.[0] ?? '';
  return [model.length > 1 ? model : '', system, browser].filter((part) => part !== '').join(' · ');
}

document.addEventListener('visibilitychange', tellVisible);
window.addEventListener('online', tellVisible);

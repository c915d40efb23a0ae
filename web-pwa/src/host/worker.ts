// The worker's entry: follows who is signed in at this browser, seats this tab at that person's data, and answers the
// page. All that is decided here is who gets to answer.
import { clearCurrent, current, setCurrent } from '../port/account';
import { openChannel } from '../port/channel';
import { tryHold } from '../port/lock';
import { callFile, callJson, sendFile } from '../port/net';
import { loadCore } from './core';
import { Hints } from './hints';
import type { Answers, ApiReply, OwnerAsk, PageAsk, Status, ToPage, ToWorker } from './message';
import { Seat } from './seat';
import { signIn, type Arrival } from './session';

const page = self as unknown as { postMessage(message: ToPage): void; close(): void };
const noReply: ApiReply = { status: 0, body: undefined };
let seat: Seat | undefined;
/** A sign-in is on its way to the core: empty rows are no loss now. */
let arriving = false;
let status: Status = { phase: 'starting', person: null, mustChangePassword: false, lost: false };

/** Other tabs hear that somebody signed in or out. */
const accounts = openChannel('zhucun', () => void settle());
const hints = new Hints(() => seat);

function say(change: Partial<Status>): void {
  status = { ...status, ...change };
  page.postMessage({ say: 'status', status });
}

/** Makes this tab follow whoever is signed in. */
async function settle(): Promise<void> {
  try {
    const account = await current();
    if (seat?.person !== account?.person) {
      seat?.close();
      seat = undefined;
    }
    if (account === undefined) return say({ phase: 'signed_out', person: null, mustChangePassword: false });
    say({ person: account.person, mustChangePassword: account.mustChangePassword, lost: false });
    if (seat !== undefined) return undefined;
    say({ phase: 'opening' });
    seat = new Seat(account.person, { changed, opened, fallen });
    await seat.sit();
  } catch {
    say({ phase: 'broken' });
  }
  return undefined;
}

/** Before all is open nothing was answered that could have changed. */
function changed(): void {
  if (status.phase === 'open') page.postMessage({ say: 'changed' });
}

function opened(signedIn: boolean): void {
  if (signedIn || arriving) {
    say({ phase: 'open' });
    hints.poke();
  } else {
    // The browser keeps no more than the name: everything is fetched again after a sign-in.
    void clearCurrent();
    say({ phase: 'signed_out', person: null, lost: true });
  }
}

function fallen(): void {
  seat?.close();
  page.postMessage({ say: 'fallen' });
  page.close();
}

async function owner<A extends OwnerAsk>(ask: A): Promise<Answers[A['ask']]> {
  await begun;
  if (seat === undefined) throw new Error('nobody is signed in');
  return seat.request(ask);
}

function api(method: string, path: string, body: unknown): Promise<ApiReply> {
  return withToken((token) => callJson(method, path, token, body));
}

async function withToken<R extends ApiReply>(call: (token: string) => Promise<R>): Promise<R | ApiReply> {
  const token = await owner({ ask: 'token', not: null });
  if (token === null) return noReply;
  const reply = await call(token);
  if (reply.status !== 401) return reply;
  const renewed = await owner({ ask: 'token', not: token });
  return renewed === null ? reply : call(renewed);
}

/** Hands a new session to the core. One that could not be kept is no session. */
async function arrive(arrival: Arrival, reply: ApiReply): Promise<ApiReply> {
  arriving = true;
  try {
    await settle();
    await owner({ ask: 'signed_in', ...arrival });
  } catch {
    await clearCurrent();
    await settle();
    return noReply;
  } finally {
    arriving = false;
  }
  hints.poke();
  accounts.post('changed');
  return reply;
}

async function answer(ask: PageAsk): Promise<Answers[PageAsk['ask']]> {
  switch (ask.ask) {
    case 'sign_in': {
      try {
        await loadCore(); // over a slow line this is the long part; a session without it is of no use
      } catch {
        return noReply;
      }
      const { reply, arrival } = await signIn(ask);
      return arrival === undefined ? reply : arrive(arrival, reply);
    }
    case 'change_password': {
      const reply = await api('POST', '/api/v1/session/password', { password: ask.old, new_password: ask.fresh });
      const account = await current();
      if (reply.status >= 200 && reply.status < 300 && account !== undefined) {
        await setCurrent({ ...account, mustChangePassword: false });
        accounts.post('changed');
        await settle();
        hints.poke();
        await owner({ ask: 'nudge' });
      }
      return reply;
    }
    case 'sign_out':
      await signOut(ask.clear);
      return null;
    case 'api':
      return api(ask.method, ask.path, ask.body);
    case 'file':
      return withToken((token) => callFile(ask.path, token));
    case 'send':
      return withToken((token) => sendFile(ask.path, token, ask.bytes));
    case 'visible':
      hints.visible = ask.visible;
      if (ask.visible && seat !== undefined) await owner({ ask: 'nudge' });
      return null;
    case 'live':
      await tryHold(ask.lock);
      return null;
    default:
      return owner(ask);
  }
}

/** The server is told if it can be reached; this browser forgets who was here either way. */
async function signOut(clear: boolean): Promise<void> {
  const token = await owner({ ask: 'token', not: null }).catch(() => null);
  if (token !== null) await callJson('DELETE', '/api/v1/session', token);
  if (clear) await owner({ ask: 'clear' }).catch(() => null);
  await clearCurrent();
  accounts.post('changed');
  await settle();
}

self.addEventListener('message', (event: MessageEvent<ToWorker>) => {
  const { id, ask } = event.data;
  answer(ask).then(
    (value) => page.postMessage({ say: 'reply', id, value }),
    () => page.postMessage({ say: 'failed', id }),
  );
});
self.addEventListener('online', () => {
  hints.poke();
  seat?.request({ ask: 'nudge' }).catch(() => {});
});
loadCore().catch(() => {}); // on its way while it is found out who sits here, or while somebody types
/** It is known who sits here, and their data are open: until then whatever a page asks of them waits. */
const begun = settle();

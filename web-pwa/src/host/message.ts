// What passes between a page and its worker, and between the workers of several tabs. Plain data, nothing else.
import type { Command, Identity, Outcome, Query, Tokens, View } from './contract';

/** What whoever owns a person's data can be asked, whichever tab asks. */
export type OwnerAsk =
  | { ask: 'view'; query: Query }
  | { ask: 'tell'; command: Command }
  | { ask: 'signed_in'; identity: Identity; tokens: Tokens }
  | { ask: 'nudge' }
  /** The access token; other than `not`, which the server did not take. */
  | { ask: 'token'; not: string | null }
  /** A note of the host's own beside the rows; with `text`, writes it first (empty: removes it). */
  | { ask: 'note'; key: string; text: string | null }
  /** All notes whose key begins so, by key. */
  | { ask: 'notes'; prefix: string }
  /** Forgets everything of this person on this device. */
  | { ask: 'clear' };

/** What a page asks of its own worker. */
export type PageAsk =
  | OwnerAsk
  | { ask: 'sign_in'; login: string; password: string; label: string }
  | { ask: 'change_password'; old: string; fresh: string }
  | { ask: 'sign_out'; clear: boolean }
  | { ask: 'api'; method: string; path: string; body: unknown }
  | { ask: 'file'; path: string }
  | { ask: 'send'; path: string; bytes: ArrayBuffer }
  | { ask: 'visible'; visible: boolean }
  /** Holds this lock as long as the worker lives: whoever waits for it hears when it dies. */
  | { ask: 'live'; lock: string };

/** What became of a call to the server: 0 when no reply came. */
export interface ApiReply {
  status: number;
  body: unknown;
}

/** The same where the server makes a file: `body` is a blob when it did. */
export interface FileReply extends ApiReply {
  name?: string;
}

export interface Answers {
  view: View;
  tell: Outcome;
  signed_in: null;
  nudge: null;
  token: string | null;
  note: string | null;
  notes: Record<string, string>;
  clear: null;
  sign_in: ApiReply;
  change_password: ApiReply;
  sign_out: null;
  api: ApiReply;
  file: FileReply;
  send: ApiReply;
  visible: null;
  live: null;
}

/** How this tab stands. */
export interface Status {
  phase: 'starting' | 'signed_out' | 'opening' | 'open' | 'broken';
  person: string | null;
  mustChangePassword: boolean;
  /** Signed in by the books of this browser, yet its rows are gone: the browser cleaned up. */
  lost: boolean;
}

export type ToWorker = { id: number; ask: PageAsk };

export type ToPage =
  | { say: 'reply'; id: number; value: Answers[keyof Answers] }
  | { say: 'failed'; id: number }
  | { say: 'changed' }
  | { say: 'status'; status: Status }
  /** The core fell; this worker is of no more use. */
  | { say: 'fallen' };

/** Between the tabs of one person; `from` and `to` are the names tabs give themselves. */
export type BetweenTabs =
  | { say: 'ask'; from: string; id: number; ask: OwnerAsk }
  /** Whoever owns the data answers `heard`. */
  | { say: 'who'; from: string; id: number }
  /** The owner is alive, and at work on it. */
  | { say: 'heard'; to: string; id: number }
  | { say: 'reply'; to: string; id: number; value: Answers[keyof Answers] }
  | { say: 'failed'; to: string; id: number }
  | { say: 'changed' }
  /** `from` owns the data from now on. */
  | { say: 'seated'; from: string };

// Which accounts this browser knows, and who is signed in now. It holds names of databases, never a password, a token or
// a record.
import { answered, completed, openDatabase, writing } from './database';

const MARK = 'mark';

export interface Current {
  person: string;
  login: string;
  /** The first password has not been changed yet. */
  mustChangePassword: boolean;
}

let opened: Promise<IDBDatabase> | undefined;

function database(): Promise<IDBDatabase> {
  opened ??= openDatabase('zhucun', [MARK]);
  opened.catch(() => (opened = undefined));
  return opened;
}

async function read(key: string): Promise<unknown> {
  return answered((await database()).transaction(MARK).objectStore(MARK).get(key));
}

async function write(entries: [string, unknown][]): Promise<void> {
  const transaction = writing(await database(), [MARK]);
  const marks = transaction.objectStore(MARK);
  for (const [key, value] of entries) {
    if (value === undefined) marks.delete(key);
    else marks.put(value, key);
  }
  await completed(transaction);
}

export async function current(): Promise<Current | undefined> {
  return (await read('current')) as Current | undefined;
}

/** The person who signed in with this login here before. */
export async function personOf(login: string): Promise<string | undefined> {
  return (await read(`login:${login}`)) as string | undefined;
}

export function setCurrent(account: Current): Promise<void> {
  return write([
    ['current', account],
    [`login:${account.login}`, account.person],
  ]);
}

export function clearCurrent(): Promise<void> {
  return write([['current', undefined]]);
}

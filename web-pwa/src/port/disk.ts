// The disk of one person: a map from text keys to bytes in a database of its own, written in strict transactions that
// also check the fencing number. It never interprets a row, and never shows one person's rows to another.
import { answered, completed, openDatabase, writing } from './database';

const ROW = 'row';
/** What the host keeps beside the core's rows: the fencing number, the device's name, notes of half-done amendments. */
const MARK = 'mark';
const FENCE = 'fence';

export interface Row {
  key: string;
  value: Uint8Array;
}

/** Without a value the row goes. */
export interface Write {
  key: string;
  value: Uint8Array | null;
}

/** Another tab has taken the data over; nothing was written. */
export class Fenced extends Error {}

export class Disk {
  private readonly database: IDBDatabase;

  private constructor(database: IDBDatabase) {
    this.database = database;
  }

  /** `lost` hears when the browser takes the database away; nothing can be read or written here any more. */
  static async open(person: string, lost = () => {}): Promise<Disk> {
    return new Disk(await openDatabase(`zhucun-${person}`, [ROW, MARK], lost));
  }

  close(): void {
    this.database.close();
  }

  /** Takes the data over: from now on a transaction with a lower number fails. A power cut that takes the number back ends
   *  whoever held a lower one, too. */
  async raiseFence(): Promise<number> {
    const transaction = writing(this.database, [MARK], 'relaxed');
    const marks = transaction.objectStore(MARK);
    const done = completed(transaction);
    const fence = Number((await answered(marks.get(FENCE))) ?? 0) + 1;
    marks.put(fence, FENCE);
    await done;
    return fence;
  }

  async load(): Promise<Row[]> {
    const rows = this.database.transaction(ROW).objectStore(ROW);
    const [keys, values] = await Promise.all([answered(rows.getAllKeys()), answered(rows.getAll())]);
    return keys.map((key, index) => ({ key: String(key), value: values[index] as Uint8Array }));
  }

  /** All writes or none; durable when it returns. Throws `Fenced`, or whatever the browser says is wrong. */
  async commit(fence: number, writes: Write[]): Promise<void> {
    await this.write(fence, 'strict', (rows) => put(rows, writes));
  }

  /** The same for what is only good to have: it outlives the browser, and a power cut may take it. */
  async note(fence: number, writes: Write[]): Promise<void> {
    await this.write(fence, 'relaxed', (rows) => put(rows, writes));
  }

  /** Forgets everything about the person on this device, its name included: the next sign-in is a new device. */
  async clear(fence: number): Promise<void> {
    await this.write(fence, 'strict', (rows, marks) => {
      rows.clear();
      marks.clear();
      marks.put(fence, FENCE);
    });
  }

  async mark(key: string): Promise<string | undefined> {
    const value: unknown = await answered(this.database.transaction(MARK).objectStore(MARK).get(key));
    return typeof value === 'string' ? value : undefined;
  }

  /** All marks whose key begins so, by key. */
  async marksUnder(prefix: string): Promise<Record<string, string>> {
    const marks = this.database.transaction(MARK).objectStore(MARK);
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
    const [keys, values] = await Promise.all([answered(marks.getAllKeys(range)), answered(marks.getAll(range))]);
    return Object.fromEntries(keys.map((key, index) => [String(key), String(values[index])]));
  }

  async setMark(key: string, value: string | null): Promise<void> {
    const transaction = writing(this.database, [MARK]);
    const marks = transaction.objectStore(MARK);
    if (value === null) marks.delete(key);
    else marks.put(value, key);
    await completed(transaction);
  }

  private async write(
    fence: number,
    durability: 'strict' | 'relaxed',
    change: (rows: IDBObjectStore, marks: IDBObjectStore) => void,
  ): Promise<void> {
    const transaction = writing(this.database, [ROW, MARK], durability);
    const [rows, marks] = [transaction.objectStore(ROW), transaction.objectStore(MARK)];
    const done = completed(transaction);
    const holder: unknown = await answered(marks.get(FENCE));
    if (holder !== fence) {
      done.catch(() => {}); // aborted by ourselves
      transaction.abort();
      throw new Fenced(`fence ${String(holder)}, ours ${fence}`);
    }
    try {
      change(rows, marks);
    } catch (error) {
      transaction.abort();
      await done.catch(() => {});
      throw error;
    }
    await done;
  }
}

function put(rows: IDBObjectStore, writes: Write[]): void {
  for (const { key, value } of writes) {
    if (value === null) rows.delete(key);
    else rows.put(value, key);
  }
}

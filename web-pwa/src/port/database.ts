// IndexedDB as promises, for the two ports that keep something: the disk of a person and the list of accounts. It knows
// no keys and no meaning.

/** Opens a database, creating `stores` when it is new. `lost` hears when the browser closes it by force: it cleaned up,
 *  or its disk failed. */
export function openDatabase(name: string, stores: readonly string[], lost = () => {}): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(name, 1);
    opening.addEventListener('upgradeneeded', () => {
      for (const store of stores) opening.result.createObjectStore(store);
    });
    opening.addEventListener('success', () => {
      const database = opening.result;
      // A newer version of the application wants to change the shape: never stand in its way.
      database.addEventListener('versionchange', () => database.close());
      database.addEventListener('close', lost);
      resolve(database);
    });
    opening.addEventListener('error', () => reject(opening.error ?? new Error('the database did not open')));
    opening.addEventListener('blocked', () => reject(new Error('the database is held by an older version')));
  });
}

/** The result of one request. The transaction stays active in the code that follows the `await`. */
export function answered<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('the request failed')));
  });
}

/** Resolves when the transaction is durable, as far as its durability says. */
export function completed(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = () => reject(transaction.error ?? new Error('the transaction was aborted'));
    transaction.addEventListener('complete', () => resolve());
    transaction.addEventListener('error', fail);
    transaction.addEventListener('abort', fail);
  });
}

/** A transaction that is on the disk, not only in the system's memory, when it completes. `relaxed`: the system has it, so
 *  that it outlives the browser but not a power cut; nobody waits for the disk. */
export function writing(
  database: IDBDatabase,
  stores: string[],
  durability: 'strict' | 'relaxed' = 'strict',
): IDBTransaction {
  return database.transaction(stores, 'readwrite', { durability });
}

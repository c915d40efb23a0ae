// The lock that says which tab owns a person's data. The browser frees it when the tab dies; a frozen tab that keeps it
// can be robbed of it, which is safe because every write checks the fencing number. Missing where the page came without
// TLS: then the fencing number stands alone.

export interface Hold {
  /** Resolves when the lock was taken away. */
  lost: Promise<void>;
  release(): void;
}

export function hasLocks(): boolean {
  return 'locks' in navigator && navigator.locks !== undefined;
}

function hold(name: string, options: LockOptions): Promise<Hold | null> {
  return new Promise((resolve, reject) => {
    const released = later();
    const lost = later();
    navigator.locks
      .request(name, options, (lock) => {
        if (lock === null) {
          resolve(null);
          return null;
        }
        resolve({ lost: lost.promise, release: released.now });
        return released.promise;
      })
      .catch((error: unknown) => {
        lost.now();
        reject(error instanceof Error ? error : new Error(String(error))); // no effect once we held it
      });
  });
}

function later(): { promise: Promise<void>; now(): void } {
  const event = { promise: Promise.resolve(), now: () => {} };
  event.promise = new Promise((resolve) => (event.now = resolve));
  return event;
}

/** The lock if it is free now. */
export function tryHold(name: string): Promise<Hold | null> {
  return hold(name, { ifAvailable: true });
}

/** The lock, whoever has it. */
export function stealHold(name: string): Promise<Hold | null> {
  return hold(name, { steal: true });
}

/** The lock when its holder lets go or dies; rejects when `signal` says not to wait any more. */
export function waitHold(name: string, signal: AbortSignal): Promise<Hold | null> {
  return hold(name, { signal });
}

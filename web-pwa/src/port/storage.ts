// What the browser promises about keeping data, and a mark outside IndexedDB by which its loss is noticed. For the page
// only: workers have neither.

const MARK = 'zhucun.kept';

export interface StorageState {
  /** `unknown` where the browser does not say, as on pages without TLS. */
  kept: 'persisted' | 'best_effort' | 'unknown';
  usageBytes?: number;
  quotaBytes?: number;
}

/** Asks the browser not to clean up by itself, and says what it promised. */
export async function askToKeep(): Promise<StorageState> {
  const manager = (navigator as Partial<Navigator>).storage;
  if (manager?.persisted === undefined) return { kept: 'unknown' };
  try {
    const persisted = (await manager.persisted()) || (await manager.persist());
    const { usage, quota } = await manager.estimate();
    return { kept: persisted ? 'persisted' : 'best_effort', usageBytes: usage, quotaBytes: quota };
  } catch {
    return { kept: 'unknown' };
  }
}

/** Notes whether this browser holds someone's data; false when the browser keeps no notes. */
export function noteKept(kept: boolean): void {
  try {
    if (kept) localStorage.setItem(MARK, '1');
    else localStorage.removeItem(MARK);
  } catch {
    // Without the note only the message about lost data is missing.
  }
}

/** There should be data: it was noted, and nobody signed out. */
export function wasKept(): boolean {
  try {
    return localStorage.getItem(MARK) !== null;
  } catch {
    return false;
  }
}

// Small choices of whoever looks at this screen, such as the size of text: kept per browser, never anything of a record.

export function preference(key: string): string | null {
  try {
    return localStorage.getItem(`zhucun.preference.${key}`);
  } catch {
    return null;
  }
}

/** Where the browser keeps no notes the choice lasts as long as the page. */
export function keepPreference(key: string, value: string): void {
  try {
    localStorage.setItem(`zhucun.preference.${key}`, value);
  } catch {
    // Nothing to do: see above.
  }
}

// The clock: what time the device says it is, and a call after a while. Whether that time is plausible is the core's
// question.

export function now(): number {
  return Date.now();
}

/** Calls back once after `ms`; the result takes it back. */
export function after(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

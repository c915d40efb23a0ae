// Keeps an ear on the server's hints while this tab owns the data, is visible and believes it is online. A hint is a
// nudge to sync and nothing more; without hints the core's own timers still bring everything.
import { after } from '../port/clock';
import { listenForHints } from '../port/hint';
import type { Seat } from './seat';

const RETRY_MS = [5_000, 15_000, 60_000];

export class Hints {
  private readonly seat: () => Seat | undefined;
  private listening: AbortController | undefined;
  private wake: () => void = () => {};
  private poked = false;

  constructor(seat: () => Seat | undefined) {
    this.seat = seat;
  }

  /** Said again while it is true, the page heard that it is online: a stream from before may be dead without a word. */
  set visible(visible: boolean) {
    this.listening?.abort();
    this.listening = undefined;
    this.wake();
    if (!visible) return;
    this.listening = new AbortController();
    void this.run(this.listening.signal);
  }

  /** Something changed for the better: does not wait any longer before listening again. */
  poke(): void {
    this.poked = true; // also when an attempt from before is just failing
    this.wake();
  }

  private async run(signal: AbortSignal): Promise<void> {
    for (let failures = 0; !signal.aborted;) {
      this.poked = false;
      const seat = this.seat();
      const token = seat?.token();
      if (seat !== undefined && token !== undefined && navigator.onLine) {
        const status = await listenForHints(token, signal, () => void seat.request({ ask: 'nudge' }).catch(() => {}));
        failures = status === 200 ? 0 : failures + 1;
        if (status === 401 && !signal.aborted) await seat.request({ ask: 'token', not: token }).catch(() => null);
      }
      if (!signal.aborted && !this.poked) await this.rest(RETRY_MS[Math.min(failures, RETRY_MS.length - 1)] ?? 0);
      if (this.poked) failures = 0;
    }
  }

  private rest(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.wake = resolve;
      after(ms, resolve);
    });
  }
}

// This tab's place at a person's data: either it owns them and runs the engine, or it asks the tab that does. An owner
// that does not answer, frozen or dead, is robbed of the lock; the fencing number keeps it from writing afterwards.
import { openChannel, type Channel } from '../port/channel';
import { after, pause } from '../port/clock';
import { below, uuid } from '../port/dice';
import { Disk, Fenced } from '../port/disk';
import { hasLocks, stealHold, tryHold, waitHold, type Hold } from '../port/lock';
import type { Outcome } from './contract';
import { Engine } from './engine';
import type { Answers, BetweenTabs, OwnerAsk } from './message';
import { serve } from './owner';
import { Relay } from './relay';

/** The first screen of a slow phone is drawn within this, if the core lets it. */
const NUDGE_MS = 500;

export interface SeatHooks {
  changed(): void;
  /** The rows were read; `signedIn` says whether they hold anything. */
  opened(signedIn: boolean): void;
  fallen(): void;
}

interface Owned {
  engine: Engine;
  disk: Disk;
  hold: Hold | null;
}

export class Seat {
  readonly person: string;
  private readonly hooks: SeatHooks;
  private readonly me = uuid();
  private readonly lockName: string;
  private readonly channel: Channel;
  private readonly relay: Relay;
  private owned: Owned | undefined;
  private taking: Promise<void> | undefined;
  private waiting = new AbortController();
  private closed = false;

  constructor(person: string, hooks: SeatHooks) {
    this.person = person;
    this.hooks = hooks;
    this.lockName = `zhucun-${person}`;
    this.channel = openChannel(this.lockName, (message) => this.heard(message as BetweenTabs));
    this.relay = new Relay(this.me, this.channel);
  }

  /** The access token, if this tab is the owner and has one. */
  token(): string | undefined {
    return this.owned?.engine.token();
  }

  /** Takes the data if nobody has them, or else finds the one who has. */
  async sit(): Promise<void> {
    if (hasLocks()) {
      const hold = await tryHold(this.lockName);
      if (hold !== null) return this.take(hold);
      this.waitForLock();
    } else if (!(await this.relay.ownerAnswers())) {
      return this.take(null);
    }
    this.hooks.opened(true);
    return undefined;
  }

  async request<A extends OwnerAsk>(ask: A): Promise<Answers[A['ask']]> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        if (this.taking !== undefined) await this.taking;
        if (this.owned !== undefined) return await serve(this.owned, ask);
        const answer = await this.relay.ask(ask);
        if (answer.came === 'value') return answer.value as Answers[A['ask']];
        if (answer.came === 'silence_at_work' && ask.ask === 'tell') return doubtful as Answers[A['ask']];
      } catch (error) {
        if (!(error instanceof Fenced) || attempt > 2) throw error;
      }
      if (this.closed) throw new Fenced('closed');
      if (this.owned === undefined) await this.rob();
    }
  }

  /** For another tab. An owner that finds itself robbed does nothing: whoever asked has turned to the new one. */
  private async serveHere(ask: OwnerAsk): Promise<Answers[OwnerAsk['ask']]> {
    await this.taking;
    if (this.owned === undefined) throw new Fenced('not the owner');
    return serve(this.owned, ask);
  }

  close(): void {
    this.closed = true;
    this.waiting.abort();
    this.stepDown();
    this.channel.close();
  }

  private async rob(): Promise<void> {
    await pause(below(300)); // two tabs that notice at once should not rob each other
    if (this.owned !== undefined || this.taking !== undefined || (await this.relay.ownerAnswers())) return;
    await this.take(hasLocks() ? await stealHold(this.lockName) : null);
  }

  private take(hold: Hold | null): Promise<void> {
    this.waiting.abort();
    this.taking = this.open(hold).finally(() => (this.taking = undefined));
    return this.taking;
  }

  private async open(hold: Hold | null): Promise<void> {
    // A start finds out what is left.
    const disk = await Disk.open(this.person, () => this.hooks.fallen());
    const fence = await disk.raiseFence();
    this.channel.post({ say: 'seated', from: this.me } satisfies BetweenTabs);
    const engine = new Engine(disk, fence, {
      changed: () => this.changed(),
      fenced: () => this.stepDown(),
      fallen: () => this.hooks.fallen(),
    });
    await engine.open();
    this.owned = { engine, disk, hold };
    void hold?.lost.then(() => this.stepDown());
    this.changed();
    this.hooks.opened(engine.signedIn);
    // A core just opened does not know whether there is a connection: it tries, once the first screen stands.
    after(NUDGE_MS, () => engine.feed({ event: 'nudge' }).catch(() => {}));
  }

  private changed(): void {
    this.channel.post({ say: 'changed' } satisfies BetweenTabs);
    this.hooks.changed();
  }

  private stepDown(): void {
    const owned = this.owned;
    if (owned === undefined) return;
    this.owned = undefined;
    owned.engine.stop();
    owned.disk.close();
    owned.hold?.release();
    if (!this.closed && hasLocks()) this.waitForLock();
  }

  private waitForLock(): void {
    this.waiting = new AbortController();
    waitHold(this.lockName, this.waiting.signal)
      .then((hold) => (this.closed ? hold?.release() : this.take(hold)))
      .catch(() => {}); // told not to wait any more
  }

  private heard(message: BetweenTabs): void {
    if (message.say === 'changed') this.hooks.changed();
    else if (message.say === 'seated') this.stepDown();
    else if (message.say !== 'ask' && message.say !== 'who') this.relay.heard(message);
    else if (this.owned !== undefined || this.taking !== undefined) {
      void this.relay.answer(message, (ask) => this.serveHere(ask));
    }
  }
}

/** The owner fell silent with a command in hand: nobody knows whether it was stored, so nothing may be promised. */
const doubtful: Outcome = { outcome: 'refused', refusal: { code: 'not_stored' } };

// Runs one core on one disk: feeds it events one at a time and performs the effects of each in order, as host.rs says. A
// commit is answered before anything else happens. When a commit fails the memory is forgotten and the rows are read
// again (law 3), at most every two seconds; when another tab has taken the data over, or the core fell, it stops for good.
import { after, now, pause } from '../port/clock';
import { seed } from '../port/dice';
import { Fenced, type Disk } from '../port/disk';
import { postSync } from '../port/net';
import type { Command, Effect, Event, Outcome, Query, View, Write } from './contract';
import { isTrap, newCore, type Core } from './core';
import { troubleOf } from './trouble';

const REOPEN_MS = 2_000;
/** The first screen is told what it shows before the rest is opened, and nothing that comes after waits for long. */
const GO_ON_MS = 100;

export interface EngineHooks {
  changed(): void;
  /** Someone else owns the data now. */
  fenced(): void;
  /** The core fell. */
  fallen(): void;
}

const notStored: Outcome = { outcome: 'refused', refusal: { code: 'not_stored' } };

/** As the core's `Query::is_first` says. */
function isFirst({ see }: Query): boolean {
  return see === 'home' || see === 'dictionary';
}

export class Engine {
  private readonly disk: Disk;
  private readonly fence: number;
  private readonly hooks: EngineHooks;
  private core: Core | undefined;
  private turn: Promise<unknown> = Promise.resolve();
  private readonly tickets = new Map<number, (outcome: Outcome) => void>();
  private ticket = 0;
  private openedAt = 0;
  private opening = 0;
  private stopped = false;
  /** The first screen can be shown; the core is to go on before it is asked or told anything else. */
  private moreToOpen = false;
  private asleep: () => void = () => {};

  constructor(disk: Disk, fence: number, hooks: EngineHooks) {
    this.disk = disk;
    this.fence = fence;
    this.hooks = hooks;
  }

  open(): Promise<void> {
    return this.queue(() => this.reopen());
  }

  feed(event: Event): Promise<void> {
    return this.queue(async () => {
      await this.goOn();
      await this.perform(event);
    });
  }

  view(query: Query): Promise<View> {
    return this.queue(async () => {
      if (!isFirst(query)) await this.goOn();
      return this.guard((core) => core.view(now(), query));
    });
  }

  /** Throws `Fenced` when the data belongs to another tab now; the command was not done. */
  async tell(command: Command): Promise<Outcome> {
    const ticket = (this.ticket += 1);
    try {
      const asked = await this.queue(async () => {
        await this.goOn();
        const outcome = new Promise<Outcome>((resolve) => this.tickets.set(ticket, resolve));
        await this.perform({ event: 'command', ticket, command });
        return { outcome };
      });
      return await asked.outcome;
    } finally {
      this.tickets.delete(ticket);
    }
  }

  token(): string | undefined {
    return this.stopped ? undefined : this.core?.accessToken();
  }

  /** Whether the rows say who uses this device. */
  get signedIn(): boolean {
    return this.core !== undefined && this.core.identity() !== null;
  }

  /** Forgets everything on this disk, and stops. */
  clear(): Promise<void> {
    return this.queue(async () => {
      await this.disk.clear(this.fence);
      this.stop();
    });
  }

  stop(): void {
    this.stopped = true;
    this.asleep();
  }

  private queue<T>(job: () => T | Promise<T>): Promise<T> {
    const result = this.turn.then(() => {
      if (this.stopped) throw new Fenced('stopped');
      return job();
    });
    this.turn = result.catch(() => {});
    return result;
  }

  private async reopen(): Promise<void> {
    await pause(Math.max(0, this.openedAt + REOPEN_MS - now()));
    this.openedAt = now();
    this.opening += 1;
    this.asleep();
    this.core?.free();
    this.core = undefined;
    this.moreToOpen = false;
    const rows = await this.disk.load();
    this.core = await newCore();
    await this.perform({ event: 'open', seed: seed(), rows });
  }

  private async goOn(): Promise<void> {
    while (this.moreToOpen) {
      this.moreToOpen = false;
      // oxlint-disable-next-line no-await-in-loop -- again only where the disk failed and all was opened anew
      await this.perform({ event: 'go_on' });
    }
  }

  private guard<T>(use: (core: Core) => T): T {
    if (this.core === undefined) throw new Error('the core is not open');
    try {
      return use(this.core);
    } catch (error) {
      if (isTrap(error)) {
        this.stop();
        this.hooks.fallen();
      }
      throw error;
    }
  }

  private async perform(event: Event): Promise<void> {
    const effects = this.guard((core) => core.step(now(), event));
    let stored: Event | undefined;
    for (const effect of effects) {
      if (effect.effect === 'commit') stored = await this.commit(effect.writes);
      else if (effect.effect === 'note') stored = await this.note(effect.writes);
      else this.effect(effect);
    }
    if (stored === undefined) return;
    await this.perform(stored);
    if (stored.event === 'not_committed') await this.forget();
  }

  private commit(writes: Write[]): Promise<Event> {
    return this.write(() => this.disk.commit(this.fence, writes));
  }

  private async write(put: () => Promise<void>): Promise<Event> {
    try {
      await put();
      return { event: 'committed' };
    } catch (error) {
      if (!(error instanceof Fenced)) return { event: 'not_committed' };
      this.stop();
      this.hooks.fenced();
      throw error;
    }
  }

  /** Nothing is promised by it: a full disk keeps nobody from opening. */
  private async note(writes: Write[]): Promise<Event> {
    await this.write(() => this.disk.note(this.fence, writes));
    return { event: 'committed' };
  }

  /** Law 3. Commands still without an answer were not done. */
  private async forget(): Promise<void> {
    for (const answer of this.tickets.values()) answer(notStored);
    await this.reopen();
    this.hooks.changed();
  }

  private effect(effect: Exclude<Effect, { effect: 'commit' | 'note' }>): void {
    if (effect.effect === 'answer') this.tickets.get(effect.ticket)?.(effect.outcome);
    else if (effect.effect === 'changed') this.hooks.changed();
    else if (effect.effect === 'more_to_open') {
      this.moreToOpen = true;
      after(GO_ON_MS, () => void this.queue(() => this.goOn()).catch(() => {}));
    } else if (effect.effect === 'send') void this.send(effect.request, effect.access_token, effect.body);
    else {
      this.asleep();
      this.asleep = after(effect.after_ms, () => this.give({ event: 'woken' }));
    }
  }

  private async send(request: number, token: string, body: Uint8Array): Promise<void> {
    const opening = this.opening;
    let event: Event;
    try {
      const reply = await postSync(token, body as Uint8Array<ArrayBuffer>);
      if (reply.status === 200) event = { event: 'reply', request, body: reply.body, whole: reply.whole };
      else event = { event: 'no_reply', request, trouble: troubleOf(reply.status, reply.body) };
    } catch {
      event = { event: 'no_reply', request, trouble: 'offline' };
    }
    if (opening === this.opening) this.give(event); // a reply to a forgotten instance means nothing to the next one
  }

  /** Feeds what nobody waits for; what goes wrong with it was said through the hooks. */
  private give(event: Event): void {
    if (!this.stopped) this.feed(event).catch(() => {});
  }
}

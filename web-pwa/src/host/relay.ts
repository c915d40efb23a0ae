// Carries requests between the tab that asks and the tab that owns. The owner says at once that it heard, so that an
// owner at work and an owner that is frozen are told apart.
import type { Channel } from '../port/channel';
import { after } from '../port/clock';
import type { Answers, BetweenTabs, OwnerAsk } from './message';

/** An owner that runs says that it heard well within this. */
const HEARD_MS = 2_000;
/** How often an owner at work is asked whether it still lives. */
const PING_MS = 5_000;

type Value = Answers[keyof Answers];
type Answer = { came: 'value'; value: Value } | { came: 'silence' } | { came: 'silence_at_work' };

interface Pending {
  heard(): void;
  done(answer: Answer): void;
  failed(): void;
}

export class Relay {
  private readonly me: string;
  private readonly channel: Channel;
  private readonly pending = new Map<number, Pending>();
  private id = 0;

  constructor(me: string, channel: Channel) {
    this.me = me;
    this.channel = channel;
  }

  /** Asks the owner; rejects when the owner says that it could not. */
  async ask(ask: OwnerAsk): Promise<Answer> {
    const owner = { heard: false };
    const id = (this.id += 1);
    const answer = this.expect(id, () => (owner.heard = true));
    this.post({ say: 'ask', from: this.me, id, ask });
    const first = await Promise.race([answer, silence(HEARD_MS)]);
    if (first !== undefined) return first;
    while (owner.heard) {
      const later = await Promise.race([answer, silence(PING_MS)]);
      if (later !== undefined) return later;
      if (!(await this.ownerAnswers())) break;
    }
    this.pending.delete(id);
    return { came: owner.heard ? 'silence_at_work' : 'silence' };
  }

  /** Whether somebody owns the data and is awake. */
  async ownerAnswers(): Promise<boolean> {
    const id = (this.id += 1);
    const answer = new Promise<boolean>((resolve) => {
      this.pending.set(id, { heard: () => resolve(true), done: () => {}, failed: () => {} });
    });
    this.post({ say: 'who', from: this.me, id });
    const answers = await Promise.race([answer, silence(HEARD_MS)]);
    this.pending.delete(id);
    return answers === true;
  }

  /** What the owner says to this tab. */
  heard(message: Extract<BetweenTabs, { to: string }>): void {
    if (message.to !== this.me) return;
    const pending = this.pending.get(message.id);
    if (message.say === 'heard') pending?.heard();
    else if (message.say === 'failed') pending?.failed();
    else pending?.done({ came: 'value', value: message.value });
  }

  /** Answers another tab as the owner. */
  async answer(
    message: Extract<BetweenTabs, { say: 'ask' | 'who' }>,
    serve: (ask: OwnerAsk) => Promise<Value>,
  ): Promise<void> {
    const { from: to, id } = message;
    this.post({ say: 'heard', to, id });
    if (message.say === 'who') return;
    try {
      this.post({ say: 'reply', to, id, value: await serve(message.ask) });
    } catch {
      this.post({ say: 'failed', to, id });
    }
  }

  private expect(id: number, heard: () => void): Promise<Answer> {
    return new Promise<Answer>((resolve, reject) => {
      this.pending.set(id, { heard, done: resolve, failed: () => reject(new Error('the owner could not')) });
    }).finally(() => this.pending.delete(id));
  }

  private post(message: BetweenTabs): void {
    this.channel.post(message);
  }
}

function silence(ms: number): Promise<undefined> {
  return new Promise((resolve) => {
    after(ms, () => resolve(undefined));
  });
}

// What the owner of a person's data does for whichever tab asks.
import { now, pause } from '../port/clock';
import type { Disk } from '../port/disk';
import type { Engine } from './engine';
import type { Answers, OwnerAsk } from './message';

/** How long a call waits for a sync to bring a new access token. */
const RENEW_MS = 15_000;

export interface Owner {
  engine: Engine;
  disk: Disk;
}

export async function serve<A extends OwnerAsk>(owner: Owner, ask: A): Promise<Answers[A['ask']]> {
  return (await answer(owner, ask)) as Answers[A['ask']];
}

async function answer({ engine, disk }: Owner, ask: OwnerAsk): Promise<Answers[OwnerAsk['ask']]> {
  switch (ask.ask) {
    case 'view':
      return engine.view(ask.query);
    case 'tell':
      return engine.tell(ask.command);
    case 'signed_in':
      await engine.feed({ event: 'signed_in', identity: ask.identity, tokens: ask.tokens });
      return null;
    case 'nudge':
      await engine.feed({ event: 'nudge' });
      return null;
    case 'token':
      return token(engine, ask.not);
    case 'note':
      if (ask.text !== null) await disk.setMark(`note:${ask.key}`, ask.text === '' ? null : ask.text);
      return (await disk.mark(`note:${ask.key}`)) ?? null;
    case 'notes': {
      const kept = Object.entries(await disk.marksUnder(`note:${ask.prefix}`));
      return Object.fromEntries(kept.map(([key, text]) => [key.slice('note:'.length), text]));
    }
    case 'clear':
      await engine.clear();
      return null;
  }
}

/** A token that the server has not refused yet; where there is none, a sync is asked for and waited on. */
async function token(engine: Engine, not: string | null): Promise<string | null> {
  const fresh = () => {
    const held = engine.token();
    return held === undefined || held === '' || held === not ? null : held;
  };
  if (fresh() !== null) return fresh();
  await engine.tell({ do: 'sync_now' });
  for (const end = now() + RENEW_MS; fresh() === null && now() < end;) await pause(200);
  return fresh();
}

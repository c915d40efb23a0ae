// The return that an entry waits under.
import type { EntryView, EventView } from '../../host/client';

export type Returned = Extract<EventView, { what: 'returned' }>;

export function standingReturn(entry: EntryView): Returned | undefined {
  const returns = entry.events.filter((event): event is Returned => event.what === 'returned' && event.current);
  return returns[returns.length - 1];
}

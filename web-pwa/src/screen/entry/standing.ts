// What of the things said of an entry says how it stands now.
import type { EntryView, EventView } from '../../host/client';

export type Returned = Extract<EventView, { what: 'returned' }>;

export type TakenBack = Extract<EventView, { what: 'withdrawn' | 'voided' }>;

/** The return that an entry waits under. */
export function standingReturn(entry: EntryView): Returned | undefined {
  const returns = entry.events.filter((event): event is Returned => event.what === 'returned' && event.current);
  return returns[returns.length - 1];
}

/** What took an entry back: both sides may have said so. */
export function takenBackBy(entry: EntryView): TakenBack[] {
  return entry.events.filter(tookBack).filter((event) => event.current);
}

function tookBack(event: EventView): event is TakenBack {
  return event.what === 'withdrawn' || event.what === 'voided';
}

// What of the things said of an entry says how it stands now.
import type { EntryView, EventView } from '../../host/client';

export type Asked = Extract<EventView, { what: 'returned' | 'questioned' }>;

export type TakenBack = Extract<EventView, { what: 'withdrawn' | 'voided' }>;

/** The return or the question that waits for the author's answer. */
export function toAnswer(entry: EntryView): Asked | undefined {
  return entry.events.filter(asked).find((event) => event.id !== null && event.id === entry.to_answer);
}

/** What took an entry back: both sides may have said so. */
export function takenBackBy(entry: EntryView): TakenBack[] {
  return entry.events.filter(tookBack).filter((event) => event.current);
}

function asked(event: EventView): event is Asked {
  return event.what === 'returned' || event.what === 'questioned';
}

function tookBack(event: EventView): event is TakenBack {
  return event.what === 'withdrawn' || event.what === 'voided';
}

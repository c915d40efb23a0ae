// The tables that the server makes as files, and which of them a unit has.
import { download, type FileReply } from '../../host/client';

export const figures = ['duties', 'roll-up', 'incumbents', 'postings', 'assessments'] as const;
export const ledgers = ['visits', 'issues', 'leaves', 'reports'] as const;
/** Tables of the measures: of a year, and of today. */
export const measures = ['progress', 'training', 'rotation', 'science-heads', 'officials'] as const;
const ofYear = new Set<string>(measures.slice(0, 3));

export type Measure = (typeof measures)[number];
export type Table = (typeof figures)[number] | (typeof ledgers)[number] | 'monthly';

/** Records with their words are of a township or a village: codes of 9 and 12 digits. */
export function hasLedgers(division: string): boolean {
  return division.length >= 9;
}

/** A village has nothing beneath it to add up; who is in post is told of the units of a city or a county. */
export function figuresOf(division: string): readonly Table[] {
  const has: Partial<Record<Table, boolean>> = { 'roll-up': division.length < 12, incumbents: division.length < 9 };
  return figures.filter((table) => has[table] ?? true);
}

export interface Span {
  from: string;
  to: string;
  month: string;
}

export function makeTable(table: Table, division: string, days: Span): Promise<FileReply> {
  const asked = new URLSearchParams({ inside: division });
  if (table === 'monthly') asked.set('month', days.month);
  const ofDays = (ledgers as readonly Table[]).includes(table);
  if (ofDays && days.from !== '') asked.set('from', days.from);
  if (ofDays && days.to !== '') asked.set('to', days.to);
  return download(`/api/v1/exports/${table}?${asked.toString()}`);
}

export function makeMeasure(table: Measure, division: string, year: number): Promise<FileReply> {
  const asked = new URLSearchParams({ inside: division });
  if (ofYear.has(table)) asked.set('year', String(year));
  return download(`/api/v1/exports/${table}?${asked.toString()}`);
}

// The tables that the server makes as files, and which of them a unit has.
import { download, type FileReply } from '../../host/client';

export const figures = ['duties', 'roll-up', 'postings', 'assessments'] as const;
export const ledgers = ['visits', 'issues', 'leaves'] as const;
export type Table = (typeof figures)[number] | (typeof ledgers)[number];

/** Records with their words are of a township or a village: codes of 9 and 12 digits. */
export function hasLedgers(division: string): boolean {
  return division.length >= 9;
}

/** A village has nothing beneath it to add up. */
export function figuresOf(division: string): readonly Table[] {
  return division.length < 12 ? figures : figures.filter((table) => table !== 'roll-up');
}

export function makeTable(table: Table, division: string, days: { from: string; to: string }): Promise<FileReply> {
  const asked = new URLSearchParams({ inside: division });
  const ofDays = (ledgers as readonly Table[]).includes(table);
  if (ofDays && days.from !== '') asked.set('from', days.from);
  if (ofDays && days.to !== '') asked.set('to', days.to);
  return download(`/api/v1/exports/${table}?${asked.toString()}`);
}

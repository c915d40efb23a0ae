// What records are called, and which of their fields are asked for.
import type { Field, FieldValue, RecordSummary } from '../../host/client';
import type { Fields } from '../../state/draft';
import { dayText, monthText } from '../../text/day';
import { choiceText, indicatorText } from '../../text/label';
import { t, type Key } from '../../text/text';

/** What an indicator is counted in. */
const units: Record<string, Key> = {
  skill: 'unit.person_time',
  practical: 'unit.person_time',
  people_trained: 'unit.person_time',
  science_heads: 'unit.township',
  in_post: 'unit.village',
  officials_cover: 'unit.village',
  secretaries_trained: 'unit.village',
  techniques: 'unit.item',
  projects: 'unit.item',
  bases: 'unit.item',
  industries: 'unit.item',
};

export function unitText(indicator: string): string {
  return t(units[indicator] ?? 'unit.people');
}

export function titleText({ kind, title, of }: Pick<RecordSummary, 'title' | 'of'> & { kind: string }): string {
  return kind === 'figure' || kind === 'target' ? indicatorText(of) : title;
}

/** 2015年10月8日—10月9日, 2015年7月, 2015—2017年 */
export function daysText({ kind, first, last }: Pick<RecordSummary, 'first' | 'last'> & { kind: string }): string {
  if (kind === 'target') return t('record.years', { first, last });
  const text = kind === 'figure' ? monthText : dayText;
  const from = text(first, '');
  if (last === '' || last === first) return from;
  return `${from}—${text(last, kind === 'figure' ? '' : first)}`;
}

/** What is said under the title: what kind of training, how many. */
export function moreText({ kind, of, amount }: RecordSummary): string {
  const parts = kind === 'session' ? [choiceText('programme', of)] : [];
  if (amount !== null && !(kind === 'session' && of === 'village_secretaries'))
    parts.push(`${amount}${kind === 'session' ? t('unit.people') : unitText(of)}`);
  return parts.join('　');
}

/** Those who are named in a list, one a line. */
export function named(list: FieldValue | undefined): number {
  return String(list ?? '')
    .split('\n')
    .filter((line) => line.trim() !== '').length;
}

/** Each form asks for what it needs: names or a number, villages where their secretaries are trained, the part in poor villages
 *  where the plan asks for it. */
const asked: Record<string, (values: Fields) => boolean> = {
  villages: ({ programme }) => programme === 'village_secretaries',
  people: ({ programme, attendants }) => programme !== 'village_secretaries' && named(attendants) === 0,
  from_poor: ({ programme }) => programme === 'practical',
  value_poor: ({ indicator }) => indicator === 'practical' || indicator === 'leaders',
};

/** Whether a field is of use as the form stands; what is filled in is never out of sight. */
export function isAsked(field: Field, values: Fields): boolean {
  return (values[field.name] ?? '') !== '' || (asked[field.name]?.(values) ?? true);
}

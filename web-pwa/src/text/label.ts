// Words for what the core's tables name: kinds, fields, choices, values.
import type { Division, EntrySummary, FieldValue, HouseholdView } from '../host/client';
import { dayText, monthText } from './day';
import { t, word } from './text';

export function kindText(kind: string): string {
  return word('kind', kind, 'kind.other');
}

export function fieldText(field: string): string {
  return word('field', field, 'field.other');
}

/** What an indicator is called; of the seven ones it is the kind of entry. */
export function indicatorText(code: string): string {
  const kind = kindText(code);
  return kind === t('kind.other') ? word('indicator', code, 'choice.unknown') : kind;
}

/** Units by their names: of codes with spaces between, those that are known. */
export function placesText(codes: string, places: Division[]): string {
  const name = (code: string) => {
    const place = places.find((known) => known.code === code);
    return place === undefined ? code : place.name || t('place.own');
  };
  return codes
    .split(' ')
    .filter((code) => code !== '')
    .map(name)
    .join(t('list.comma'));
}

export function choiceText(field: string, code: string): string {
  if (field === 'indicator') return indicatorText(code);
  if (field === 'leave_kind')
    return code === 'other' ? t('choice.leave_kind.other') : word('leave', code, 'choice.unknown');
  return word(`choice.${family(field)}`, code, 'choice.unknown');
}

/** Fields that choose from the same words. */
function family(field: string): string {
  if (field.startsWith('check_')) return 'check';
  return field === 'other_causes' ? 'cause' : field;
}

/** 2015年下半年 */
export function halfText(half: string): string {
  const [year = '', part] = half.split('-H');
  return part === '1' || part === '2' ? t(`choice.half.${part}`, { year }) : half;
}

/** The lines of facts in words, where they are not shown as a card; a text that is no such lines stays as it is. */
function factsText(text: string): string {
  const lines = text.split('\n').map((line) => line.split(' '));
  const of = (name: string) => lines.find(([first]) => first === name)?.[1] ?? '0';
  if (lines[0]?.[0] !== 'from' || lines[1]?.[0] !== 'to') return text;
  const period = t('facts.period', { from: dayText(of('from'), ''), to: dayText(of('to'), '') });
  const counts = lines.flatMap(([what = '', first = '', ...rest]) => {
    if (what === 'deed_named') return `${rest.join(' ')}（${choiceText('state', first)}）`;
    if (what === 'households') return `${t('facts.households')} ${first}`;
    return kindText(what) === t('kind.other') ? [] : `${kindText(what)} ${first}`;
  });
  const [raised, ended, open] = [of('issues_raised'), of('issues_ended'), of('issues_open')];
  return [period, ...counts, `${t('facts.issues')}：${t('facts.issues.text', { raised, ended, open })}`].join('\n');
}

/** What an entry in a list is called: a half, a month and days in words, everything else as it was written. */
export function titleText(kind: string, title: string): string {
  if (kind === 'summary') return halfText(title);
  if (kind === 'presence') return monthText(title, '');
  if (kind !== 'leave') return title;
  const [from = '', to = ''] = title.split(' ~ ');
  if (!isDay(from)) return title;
  return !isDay(to) || to === from ? dayText(from, '') : `${dayText(from, '')}—${dayText(to, from)}`;
}

/** The same, with what is said of one that has none. A visit that was recorded has households, also where the register is not
    here any more. */
export function headText({ kind, title, state }: Pick<EntrySummary, 'kind' | 'title' | 'state'>): string {
  const named = titleText(kind, title);
  if (named !== '') return named;
  return kind === 'visit' && state !== 'draft'
    ? t('entries.titleless.visit')
    : word('entries.untitled', kind, 'entries.untitled.other');
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text);
}

/** How far a deed or a leave is. */
export function progressText(kind: string, code: string): string {
  return kind === 'leave' ? word('leave.step', code, 'choice.unknown') : choiceText('state', code);
}

/** A value as it reads: days and choices in words, households by the heads of those known. */
export function valueText(
  field: string,
  value: FieldValue,
  households: HouseholdView[],
  places: Division[] = [],
): string {
  if (typeof value === 'number') return String(value);
  if (value === '') return '';
  if (days.has(field)) return dayText(value, '');
  if (['month', 'first_month', 'last_month'].includes(field)) return monthText(value, '');
  if (field === 'place' || field === 'villages') return placesText(value, places);
  const words = value.split(' ');
  if (field === 'households') {
    const heads = words.map((id) => households.find((household) => household.id === id)?.head);
    const known = heads.filter((head) => head !== undefined);
    const count = heads.length - known.length;
    const unknown = t(count === 1 ? 'household.unknown' : 'household.unknown.some', { count });
    return (count === 0 ? known : [...known, unknown]).join(t('list.comma'));
  }
  if (field === 'facts') return factsText(value);
  if (field === 'half') return halfText(value);
  if (field === 'visits') return t('field.visits.count', { count: words.length });
  if (!isChosen(field)) return value;
  return words.map((code) => choiceText(field, code)).join(t('list.comma'));
}

const days = new Set([
  'occurred_on',
  'started',
  'finished',
  'closed_on',
  'from',
  'to',
  'reported_back',
  'arrived',
  'planned_end',
  'ended',
  'ecommerce_on',
  'certified_on',
]);

const chosen = new Set([
  'job_title',
  'trade',
  'official',
  'official_duty',
  'grade',
  'programme',
  'method',
  'skill',
  'per',
  'indicator',
  'mode',
  'met',
  'acknowledgement',
  'lecturer',
  'form',
  'theme_day',
  'state',
  'category',
  'level',
  'household_kind',
  'monitoring',
  'cause',
  'other_causes',
  'status',
  'standing',
  'leave_kind',
]);

function isChosen(field: string): boolean {
  return field.startsWith('check_') || chosen.has(field);
}

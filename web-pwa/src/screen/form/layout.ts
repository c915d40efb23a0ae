// How the fields of each kind are laid out. A field that no section names, because a newer core added it, comes last.
import type { EntryKind, Field, FieldValue } from '../../host/client';

export interface Section {
  /** `checks` is drawn as one table, `pair` side by side, `more` folded away until it is wanted, `facts` nobody types. */
  look: 'plain' | 'checks' | 'pair' | 'more' | 'facts';
  fields: Field[];
}

type Plan = [Section['look'], ...string[]][];

const plans: Record<EntryKind, Plan> = {
  visit: [
    ['plain', 'occurred_on'],
    ['plain', 'households', 'mode', 'met'],
    ['checks', 'check_food', 'check_clothing', 'check_education', 'check_medical', 'check_housing', 'check_water'],
    ['plain', 'narrative', 'acknowledgement'],
    ['more', 'changes', 'difficulties', 'requests', 'plan'],
  ],
  lesson: [
    ['plain', 'occurred_on', 'topic'],
    ['plain', 'lecturer', 'form'],
    ['pair', 'expected', 'present'],
    ['plain', 'main_points'],
    ['more', 'absence_reasons', 'members_views'],
  ],
  activity: [
    ['plain', 'occurred_on', 'theme'],
    ['plain', 'form', 'theme_day'],
    ['pair', 'expected', 'present'],
    ['plain', 'result'],
  ],
  summary: [
    ['plain', 'half', 'occurred_on'],
    ['facts', 'facts'],
    ['plain', 'done', 'problems', 'next'],
  ],
  deed: [
    ['plain', 'name', 'need'],
    ['plain', 'state', 'started', 'finished'],
    ['pair', 'households_helped', 'people_helped'],
    ['more', 'money_yuan', 'money_source', 'partners'],
    ['plain', 'occurred_on'],
  ],
  research: [
    ['plain', 'title', 'theme'],
    ['plain', 'visits'],
    ['plain', 'body'],
    ['plain', 'delivered_to', 'occurred_on'],
  ],
  report: [
    ['plain', 'occurred_on', 'form'],
    ['facts', 'facts'],
    ['plain', 'content'],
  ],
  leave: [
    ['plain', 'leave_kind', 'from', 'to'],
    ['plain', 'destination', 'grounds'],
    ['plain', 'reported_back'],
  ],
  presence: [
    ['plain', 'month', 'days'],
    ['plain', 'remarks'],
  ],
};

/** The kinds that fill no duty: they are asked for, or declared. */
export const beside: EntryKind[] = ['leave', 'presence'];

/** Of those the day they are written down on is today, and nobody is asked for it. */
function isGiven(kind: EntryKind, name: string): boolean {
  return beside.includes(kind) && name === 'occurred_on';
}

/** Fields that are asked for only once another says so: nobody is asked when a deed began that is only planned. */
const asked: Record<string, (values: Record<string, FieldValue>) => boolean> = {
  started: ({ state }) => state === 'under_way' || state === 'achieved' || state === 'not_achieved',
  finished: ({ state }) => state === 'achieved',
  // It has a button of its own, once the leave is there.
  reported_back: () => false,
};

/** Whether a field is of use as the form stands; what is filled in is never out of sight. */
export function isAsked(name: string, values: Record<string, FieldValue>): boolean {
  return (values[name] ?? '') !== '' || (asked[name]?.(values) ?? true);
}

/** The kinds during which people bring up what must be followed. */
export function raisesIssues(kind: EntryKind): boolean {
  return kind !== 'summary' && kind !== 'report' && !beside.includes(kind);
}

/** Whether this version has a form for entries of the kind. */
export function isKnown(kind: string): kind is EntryKind {
  return Object.hasOwn(plans, kind);
}

/** Whether something is missed where a field is empty: the day of 销假 comes by itself. */
export function isMissed(name: string): boolean {
  return name !== 'reported_back';
}

export function sections(kind: EntryKind, fields: Field[]): Section[] {
  const planned = new Set(plans[kind].flatMap(([, ...names]) => names));
  const known = plans[kind].map(([look, ...names]) => ({
    look,
    fields: names.flatMap((name) => fields.find((field) => field.name === name) ?? []),
  }));
  const rest = fields.filter((field) => !planned.has(field.name) && !isGiven(kind, field.name));
  return [...known, { look: 'plain' as const, fields: rest }].filter((section) => section.fields.length > 0);
}

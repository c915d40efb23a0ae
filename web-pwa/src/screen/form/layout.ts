// How the fields of each kind are laid out. A field that no section names, because a newer core added it, comes last.
import type { EntryKind, Field } from '../../host/client';

export interface Section {
  /** `checks` is drawn as one table, `pair` side by side, `more` folded away until it is wanted. */
  look: 'plain' | 'checks' | 'pair' | 'more';
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
    ['plain', 'occurred_on', 'half'],
    ['plain', 'facts', 'done', 'problems', 'next'],
  ],
  deed: [
    ['plain', 'occurred_on', 'name', 'state', 'need'],
    ['pair', 'started', 'finished'],
    ['plain', 'money_yuan', 'money_source', 'partners'],
    ['pair', 'households_helped', 'people_helped'],
  ],
  research: [
    ['plain', 'occurred_on', 'title', 'theme'],
    ['plain', 'visits', 'body', 'delivered_to'],
  ],
  report: [['plain', 'occurred_on', 'form', 'content']],
};

/** Whether this version has a form for entries of the kind. */
export function isKnown(kind: string): kind is EntryKind {
  return Object.hasOwn(plans, kind);
}

export function sections(kind: EntryKind, fields: Field[]): Section[] {
  const planned = new Set(plans[kind].flatMap(([, ...names]) => names));
  const known = plans[kind].map(([look, ...names]) => ({
    look,
    fields: names.flatMap((name) => fields.find((field) => field.name === name) ?? []),
  }));
  const rest = fields.filter((field) => !planned.has(field.name));
  return [...known, { look: 'plain' as const, fields: rest }].filter((section) => section.fields.length > 0);
}

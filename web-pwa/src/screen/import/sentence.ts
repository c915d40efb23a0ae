// What the server says of an import, as a code with what is filled in: here it becomes words of the screen's language.
import { dayText } from '../../text/day';
import { t, word, type Key } from '../../text/text';

export interface Sentence {
  code: string;
  arguments: Record<string, string>;
}

/** What is said: a mistake, a change, or what stands against undoing. */
export type About = 'wrong' | 'effect' | 'hindrance';

export interface Part {
  text: string;
  /** Something that stands in the file, or a code: of no language. */
  quoted: boolean;
}

const OTHERWISE = {
  wrong: 'import.unknown',
  effect: 'import.effect.other',
  hindrance: 'import.hindrance.other',
} as const satisfies Record<About, Key>;
const QUOTED = new Set(['code', 'codes', 'known', 'login', 'sentence', 'text', 'title']);
const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** The pieces of a sentence, in order. */
export function parts(about: About, sentence: Sentence): Part[] {
  const words = word(`import.${about}`, sentence.code, OTHERWISE[about]);
  return words
    .split(/(\{\w+\})/)
    .filter((piece) => piece !== '')
    .map((piece) => {
      const name = /^\{(\w+)\}$/.exec(piece)?.[1];
      return name === undefined ? { text: piece, quoted: false } : filled(name, sentence);
    });
}

function filled(name: string, { code, arguments: given }: Sentence): Part {
  const value = given[name] ?? '';
  if (QUOTED.has(name)) return { text: value, quoted: true };
  if (value === '') return { text: t('import.empty'), quoted: false };
  if (name === 'field') return fieldPart(value);
  if (code === 'field') return { text: valueText(value), quoted: false };
  return { text: plain(name, value), quoted: false };
}

function plain(name: string, value: string): string {
  if (name === 'role') return word('role', value, 'import.column.role');
  if (name === 'reason' || name === 'was_reason') return word('person.reason', value, 'person.reason.other');
  if (name === 'column') return word('import.column', value, 'import.column.other');
  return DAY.test(value) ? dayText(value, '') : value;
}

/** A field of a policy; one that none has stands as it was written. */
function fieldPart(field: string): Part {
  const words = word('import.field', field, 'import.field.other');
  return words === t('import.field.other') ? { text: field, quoted: true } : { text: words, quoted: false };
}

/** A value of a policy, which travels as JSON. */
function valueText(json: string): string {
  const value: unknown = JSON.parse(json);
  if (Array.isArray(value)) {
    const kinds = value.map((kind) => word('leave', String(kind), 'import.value.other'));
    return kinds.join(t('list.comma')) || t('import.empty');
  }
  if (typeof value === 'object' && value !== null) {
    const { rule, days_min: days } = value as { rule: string; days_min?: number };
    return word('import.value', rule, 'import.value.other').replace('{days}', String(days ?? ''));
  }
  if (typeof value === 'string' && !/^\d+$/.test(value) && !DAY.test(value)) {
    return word('import.value', value, 'import.value.other');
  }
  return String(value);
}

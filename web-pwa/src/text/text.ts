// Looks words up. Two languages, plain tables, `{name}` for what is filled in; the table is reactive, so a change of
// language shows at once.
import { shallowRef } from 'vue';
import { chinese, chinese2021 } from './zh-CN';

export type Key = keyof typeof chinese;
export type Table = Record<Key, string>;
export type Language = 'zh-CN' | 'en';

/** The dictionary pack: whose words a deployment uses. */
export type Dictionary = '2015' | '2021';

const table = shallowRef<Table>(chinese);
let spoken: Language = 'zh-CN';
let pack: Dictionary = '2015';

export function t(key: Key, values?: Record<string, string | number>): string {
  const text = table.value[key];
  return values === undefined ? text : text.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''));
}

/** The word for a code that may come from a newer version than this one. */
export function word(prefix: string, code: string, otherwise: Key): string {
  const key = `${prefix}.${code}`;
  return key in table.value ? table.value[key as Key] : t(otherwise);
}

export async function setLanguage(language: Language): Promise<void> {
  spoken = language;
  table.value = await words();
  document.documentElement.lang = language;
  document.title = t('app.name');
}

export async function setDictionary(dictionary: Dictionary): Promise<void> {
  if (dictionary === pack) return;
  pack = dictionary;
  table.value = await words();
}

async function words(): Promise<Table> {
  const newer = pack === '2021';
  if (spoken === 'zh-CN') return newer ? { ...chinese, ...chinese2021 } : chinese;
  const { english, english2021 } = await import('./en');
  return newer ? { ...english, ...english2021 } : english;
}

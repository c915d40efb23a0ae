// Looks words up. Two languages, plain tables, `{name}` for what is filled in; the table is reactive, so a change of
// language shows at once.
import { shallowRef } from 'vue';
import { chinese } from './zh-CN';

export type Key = keyof typeof chinese;
export type Table = Record<Key, string>;
export type Language = 'zh-CN' | 'en';

const table = shallowRef<Table>(chinese);

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
  table.value = language === 'en' ? (await import('./en')).english : chinese;
  document.documentElement.lang = language;
  document.title = t('app.name');
}

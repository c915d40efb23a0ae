// The language and the size of text, as chosen on this device.
import { shallowRef } from 'vue';
import { keepPreference, preference } from '../host/client';
import { setLanguage, type Language } from '../text/text';

export type TextSize = 'standard' | 'large' | 'huge';

export const language = shallowRef<Language>(preference('language') === 'en' ? 'en' : 'zh-CN');
export const textSize = shallowRef<TextSize>(read());

function read(): TextSize {
  const kept = preference('text_size');
  return kept === 'large' || kept === 'huge' ? kept : 'standard';
}

export async function chooseLanguage(chosen: Language): Promise<void> {
  await setLanguage(chosen);
  language.value = chosen;
  keepPreference('language', chosen);
}

export function chooseTextSize(chosen: TextSize): void {
  textSize.value = chosen;
  keepPreference('text_size', chosen);
  document.documentElement.dataset.textSize = chosen;
}

export async function applyPreferences(): Promise<void> {
  document.documentElement.dataset.textSize = textSize.value;
  if (language.value !== 'zh-CN') await setLanguage(language.value);
}

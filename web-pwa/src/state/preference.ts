// The language, the size of text and 长辈版, as chosen on this device. 长辈版 begins at large text; what was chosen before it
// comes back with its end.
import { computed, shallowRef } from 'vue';
import { keepPreference, preference } from '../host/client';
import { setLanguage, type Language } from '../text/text';

const sizes = ['standard', 'large', 'huge', 'largest'] as const;
export type TextSize = (typeof sizes)[number];

export const language = shallowRef<Language>(preference('language') === 'en' ? 'en' : 'zh-CN');
export const elder = shallowRef(preference('elder') === 'yes');
const chosenSize = shallowRef<TextSize>(sizes.find((size) => size === preference('text_size')) ?? 'standard');
export const textSizes = computed(() => (elder.value ? sizes.slice(1) : sizes));
export const textSize = computed(() => (elder.value && chosenSize.value === 'standard' ? 'large' : chosenSize.value));

export async function chooseLanguage(chosen: Language): Promise<void> {
  await setLanguage(chosen);
  language.value = chosen;
  keepPreference('language', chosen);
}

export function chooseTextSize(chosen: TextSize): void {
  chosenSize.value = chosen;
  keepPreference('text_size', chosen);
  applySizes();
}

export function chooseElder(chosen: boolean): void {
  elder.value = chosen;
  keepPreference('elder', chosen ? 'yes' : 'no');
  applySizes();
}

export async function applyPreferences(): Promise<void> {
  applySizes();
  if (language.value !== 'zh-CN') await setLanguage(language.value);
}

function applySizes(): void {
  const { dataset } = document.documentElement;
  dataset.textSize = textSize.value;
  dataset.elder = elder.value ? 'yes' : 'no';
}

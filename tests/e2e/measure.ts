// What is wrong with the look of a screen as it stands: measured in the page, said in sentences. It judges what a script
// can judge; whether a screen is good is seen with eyes.
import type { Page } from '@playwright/test';

/** Latin words that stand on Chinese screens for a reason: units, names of browsers and systems, of files, the other language. */
const LATIN = ['MB', 'https', 'Chrome', 'Edge', 'Linux', 'English', 'csv'];
/** CSS pixels, and shares of the size of text: what the rules for elders ask of every screen, and of 长辈版. */
const TOUCH_MIN = { no: 44, yes: 60 };
const TEXT_MIN = { no: 12, yes: 18 };
const LINE_MIN = 1.3;
const CONTRAST_MIN = 4.5;

/** A screen, the size of text chosen on it, and whether it is in 长辈版. */
export interface Size {
  width: number;
  height: number;
  text: 'standard' | 'large' | 'huge' | 'largest';
  elder: 'no' | 'yes';
  /** Whether axe looks, too. */
  axe: boolean;
}

export function faults(page: Page, { width, elder }: Size): Promise<string[]> {
  return page.evaluate(judge, {
    width,
    latin: LATIN,
    touchMin: TOUCH_MIN[elder],
    textMin: TEXT_MIN[elder],
    lineMin: LINE_MIN,
    contrastMin: CONTRAST_MIN,
  });
}

interface Measure {
  width: number;
  latin: string[];
  touchMin: number;
  textMin: number;
  lineMin: number;
  contrastMin: number;
}

/** Runs in the page, so it may use nothing from outside. */
/* oxlint-disable unicorn/consistent-function-scoping */
function judge({ width, latin, touchMin, textMin, lineMin, contrastMin }: Measure): string[] {
  const found: string[] = [];
  // What lies under an open sheet is judged without it.
  const top = document.querySelector('dialog[open]') ?? document.body;
  const visible = (element: Element) => element.checkVisibility({ visibilityProperty: true, opacityProperty: true });
  const name = (element: Element) => {
    const test = element.closest('[data-test]')?.getAttribute('data-test');
    return `<${element.tagName.toLowerCase()}> ${test ?? ''} “${(element.textContent ?? '').trim().slice(0, 20)}”`;
  };

  const sideways = document.documentElement.scrollWidth;
  if (sideways > width) found.push(`the page is ${sideways} wide`);

  const read = (element: Element) => {
    const { fontSize, lineHeight } = getComputedStyle(element);
    const [size, line] = [fontSize, lineHeight].map(Number.parseFloat) as [number, number];
    if (size < textMin - 0.01) found.push(`${name(element)} is written in ${fontSize}`);
    if (!(line / size >= lineMin - 0.01))
      found.push(`${name(element)} has lines of ${lineHeight} for text of ${fontSize}`);
  };
  for (const element of top.querySelectorAll('button, a, input, textarea, select, summary')) {
    if (!visible(element)) continue;
    const box = element.getBoundingClientRect();
    if (box.left < -0.5 || box.right > width + 0.5) found.push(`${name(element)} reaches beyond the screen`);
    const typedInto = element.matches('input, textarea');
    if (typedInto && !element.matches('[type=checkbox], [type=radio], [type=file]')) read(element);
    if (!typedInto && element.scrollWidth > element.clientWidth + 1 && getComputedStyle(element).display !== 'inline')
      found.push(`${name(element)} holds more than it shows`);
    // A box to tick is as large as the label around it.
    const touched = (element.closest('label') ?? element).getBoundingClientRect();
    if (touched.width < touchMin - 0.5 || touched.height < touchMin - 0.5)
      found.push(`${name(element)} is ${Math.round(touched.width)} x ${Math.round(touched.height)}`);
    const labels =
      element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement ? element.labels : null;
    const named =
      (element.textContent ?? '').trim() !== '' ||
      (labels?.length ?? 0) > 0 ||
      ['aria-label', 'aria-labelledby'].some((attribute) => (element.getAttribute(attribute) ?? '') !== '');
    if (!named) found.push(`${name(element)} has no name`);
  }

  const foreign = (text: string, where: Element) => {
    for (const word of text.match(/[A-Za-z]{2,}/g) ?? [])
      if (!latin.includes(word)) found.push(`“${word}” on ${name(where)}`);
  };
  for (const element of top.querySelectorAll('[placeholder], [aria-label], [title], [alt]')) {
    if (!visible(element)) continue;
    for (const attribute of ['placeholder', 'aria-label', 'title', 'alt'])
      foreign(element.getAttribute(attribute) ?? '', element);
  }

  /** Red, green, blue from 0 to 255, and alpha. */
  const channels = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const ground = (element: Element | null): number[] => {
    if (element === null) return [255, 255, 255];
    const [red = 0, green = 0, blue = 0, alpha = 1] = channels(getComputedStyle(element).backgroundColor);
    return alpha === 0 ? ground(element.parentElement) : [red, green, blue];
  };
  const light = (colour: number[]) => {
    const [red = 0, green = 0, blue = 0] = colour.map((channel) => {
      const part = channel / 255;
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const texts = document.createTreeWalker(top, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent?.trim() ?? '';
    const element = texts.currentNode.parentElement;
    if (text === '' || element === null || !visible(element)) continue;
    // Logins, ids and codes are of no language.
    if (element.closest('code') === null) foreign(text, element);
    read(element);
    if (element.closest(':disabled') !== null) continue;
    const [ink, paper] = [light(channels(getComputedStyle(element).color)), light(ground(element))];
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    if (contrast < contrastMin) found.push(`${name(element)} has a contrast of ${contrast.toFixed(1)}`);
  }
  return [...new Set(found)];
}

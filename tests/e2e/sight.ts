// How a screen is looked at: as it stands, at every size, by measure.ts and by axe; and which screens the source of the
// application names that nobody has looked at yet. With ZHUCUN_PICTURES set, every look is also drawn into that folder, for
// eyes.
import { AxeBuilder } from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { faults, type Size } from './measure.ts';

const source = fileURLToPath(new URL('../../web-pwa/src', import.meta.url));
const pictures = process.env['ZHUCUN_PICTURES'];

/** The last one is what a screen is left at. */
const sizes: Size[] = [
  { width: 1280, height: 720, text: 'largest', elder: 'yes', axe: false },
  { width: 360, height: 800, text: 'standard', elder: 'no', axe: true },
  { width: 320, height: 640, text: 'largest', elder: 'no', axe: false },
  // As the application itself begins 长辈版, and with the largest text.
  { width: 320, height: 640, text: 'large', elder: 'yes', axe: true },
  { width: 320, height: 640, text: 'largest', elder: 'yes', axe: false },
];

/** The places and the headings of sheets that were looked at. */
const seen = { places: new Set<string>(), sheets: new Set<string>() };

/** Looks at the screen as it stands at every size, and says under its name what is wrong with it. */
export async function look(page: Page, screen: string): Promise<void> {
  const { place, sheet } = await page.evaluate(() => ({
    place: decodeURI(location.hash),
    sheet: document.querySelector('dialog[open] h2')?.textContent ?? undefined,
  }));
  seen.places.add(place);
  if (sheet !== undefined) seen.sheets.add(sheet);
  for (const size of sizes) {
    const { width, height, text, elder, axe } = size;
    await page.setViewportSize({ width, height });
    await page.evaluate((chosen) => Object.assign(document.documentElement.dataset, chosen), { textSize: text, elder });
    const found = await faults(page, size);
    if (axe) found.push(...(await violations(page, sheet !== undefined)));
    const name = `${screen} at ${width} x ${height}, text ${text}, elder ${elder}`;
    expect.soft(found, name).toEqual([]);
    if (pictures !== undefined) await draw(page, `${screen}-${width}-${text}-${elder}`);
  }
}

/** Goes to a place and looks at it when `part` of it is there. */
export async function lookAt(page: Page, place: string, part: string): Promise<void> {
  await page.evaluate((hash) => (location.hash = hash), place);
  await expect(page.getByTestId(part).first()).toBeVisible();
  await look(page, place);
}

/** Opens a sheet, looks at it, and leaves it by Escape. */
export async function lookAtSheet(page: Page, opener: string): Promise<void> {
  await page.getByTestId(opener).first().click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await look(page, opener);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

/** What axe calls serious or critical. */
async function violations(page: Page, sheet: boolean): Promise<string[]> {
  // The modern mode opens a page of its own, and this application minds who has it open.
  const axe = (await page.evaluate(() => 'axe' in window))
    ? new AxeBuilder({ page, axeSource: ';' }) // which the page has from the look before
    : new AxeBuilder({ page });
  axe.setLegacyMode().options({ resultTypes: ['violations'] });
  const { violations: found } = await (sheet ? axe.include('dialog[open]') : axe).analyze();
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map(({ html }) => `axe: ${id} at ${html.slice(0, 160)}`));
}

async function draw(page: Page, name: string): Promise<void> {
  mkdirSync(pictures ?? '', { recursive: true });
  const sheet = await page.getByRole('dialog').count();
  const picture = await page.screenshot({ caret: 'hide', animations: 'disabled', fullPage: sheet === 0 });
  writeFileSync(`${pictures}/${name.replaceAll('/', '_')}.png`, picture);
}

/** The places and sheets of the application's source that nobody has looked at: none, once every law here was held. */
export function unseen(): string[] {
  const places = placesOf(readFileSync(`${source}/screen/place.ts`, 'utf8'));
  const components = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.vue'));
  const titles = components.flatMap((file) => titlesOf(readFileSync(`${source}/${file}`, 'utf8')));
  const words = readFileSync(`${source}/text/zh-CN.ts`, 'utf8');
  const sheets = titles.map(
    (title) => new RegExp(`'${title.replaceAll('.', '\\.')}': '(.+)',`).exec(words)?.[1] ?? title,
  );
  expect(places.length, 'places in the source').toBeGreaterThan(20);
  expect(sheets.length, 'sheets in the source').toBeGreaterThan(10);
  return [
    ...places.filter((place) => ![...seen.places].some((hash) => place.test(hash))).map(({ source: path }) => path),
    ...sheets.filter((text) => ![...seen.sheets].some((title) => heading(text).test(title))),
  ];
}

/** One pattern for each path that place.ts tells from others: `household`, and `household/…/amend`. */
function placesOf(index: string): RegExp[] {
  const mine = /const mine[^{]*\{([^}]*)\}/.exec(index)?.[1]?.match(/\w+(?=:)/g) ?? [];
  const branches = index.split("case '").slice(1);
  return branches.flatMap((branch) => {
    const name = branch.slice(0, branch.indexOf("'"));
    const compared = [...branch.matchAll(/(?:id|more|last) === '(\w+)'/g)].map(([, word]) => word ?? '');
    const words = name === 'me' ? mine : compared;
    const other = words.length === 0 ? '' : `(?!.*/(?:${words.join('|')})$)`;
    const below = words.map((word) => `/(?:.*/)?${word}$`);
    return [`(?=/|$)${other}`].concat(below).map((rest) => new RegExp(`^#/${name}${rest}`));
  });
}

/** What a heading with these words looks like on screen, whatever stands in its gaps. */
function heading(words: string): RegExp {
  return new RegExp(`^${words.replace(/\{\w+\}/g, '.+')}$`);
}

/** The keys of what may head a sheet in this component. */
function titlesOf(component: string): string[] {
  const titles = [...component.matchAll(/<\w*Sheet\s[^>]*?:title="([^"]*)"/g)];
  // The words compared with have no dot.
  return titles.flatMap(([, title]) => title?.match(/(?<=')\w+(?:\.\w+)+(?=')/g) ?? []);
}

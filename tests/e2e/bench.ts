// The figures of a browser: what a week costs on the wire, and how the screens feel on a processor four times slower, with
// a year of 73 entries and a register of 400 households. ZHUCUN_VILLAGE is the folder of that village; it ends up in
// target/bench-browser.json.
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { test, type Page, type Request } from '@playwright/test';
import { Device } from './device.ts';
import { amend, arrived, back, goHome, goToEntries, readyForOffline, signIn } from './hand.ts';
import { expect } from './law.ts';
import { slow, slowness } from './slow.ts';
import { Stage } from './stage.ts';

const folder = process.env['ZHUCUN_VILLAGE'] ?? fileURLToPath(new URL('../../target/bench-village', import.meta.url));
const report = fileURLToPath(new URL('../../target/bench-browser.json', import.meta.url));
const password = 'Pailiang-2015';
const secretary = { login: 'secretary0', name: '', role: '', division: '' };
const SLOWER = 4;
const ROUNDS = 9;
/** Characters of a visit's account, drawn evenly from 512, so that they pack no better than writing does. */
const NARRATIVE_CHARS = 300;
const FIRST_CHARACTER = 0x4e00;
const CHARACTERS = 512;
/** A thumb in a hurry, in CSS pixels a second, and how far it goes. */
const SCROLL_SPEED = 2_000;
const SCROLL_PIXELS = 8_000;
const slowly = { timeout: 60_000 };

declare global {
  interface Window {
    seen: Record<string, number>;
    tapped: number;
  }
}

let chance = 1;
/** Text of so many characters, the same in every run. */
function text(chars: number): string {
  return Array.from({ length: chars }, () => {
    chance = (chance * 1_103_515_245 + 12_345) % 2_147_483_648;
    return String.fromCharCode(FIRST_CHARACTER + ((chance >> 8) % CHARACTERS));
  }).join('');
}

function median(samples: number[]): number {
  return samples.toSorted((one, other) => one - other)[Math.floor(samples.length / 2)] ?? 0;
}

/** All that went over the line for a request, headers and all. */
async function bytes(request: Request | undefined): Promise<{ bytes_up: number; bytes_down: number }> {
  const size = await request?.sizes();
  if (size === undefined) throw new Error('it was not sent');
  return {
    bytes_up: size.requestHeadersSize + size.requestBodySize,
    bytes_down: size.responseHeadersSize + size.responseBodySize,
  };
}

/** From now on every page writes down when a part first stood in it, painted, and when it was last tapped. */
async function watch(page: Page): Promise<void> {
  await page.addInitScript(
    (parts: string[]) => {
      window.seen = {};
      window.tapped = 0;
      // The browser's own time of the touch, before anything of the page ran.
      document.addEventListener('click', ({ timeStamp }) => (window.tapped = timeStamp), true);
      new MutationObserver(() => {
        for (const part of parts) {
          const stands = document.querySelector(`[data-test="${part}"]`) !== null;
          if (!stands) delete window.seen[part];
          else if (window.seen[part] === undefined) {
            window.seen[part] = Infinity;
            requestAnimationFrame(() => setTimeout(() => (window.seen[part] = performance.now())));
          }
        }
      }).observe(document, { childList: true, subtree: true });
    },
    ['record-visit', 'said', 'entries', 'register-list'],
  );
}

/** Milliseconds from the last tap, or from the opening of the page, until the part was painted. */
async function until(page: Page, part: string, from: 'tap' | 'opening'): Promise<number> {
  const when = () => page.evaluate((name) => window.seen[name] ?? Infinity, part);
  await expect.poll(when, slowly).toBeLessThan(Infinity);
  return (await when()) - (from === 'tap' ? await page.evaluate(() => window.tapped) : 0);
}

/** Milliseconds between two frames: the longest, and what nine of ten are below. */
interface Gaps {
  longest: number;
  most: number;
}

/** Scrolls down as fast as a thumb in a hurry, a step each frame. */
async function scroll(page: Page): Promise<Gaps> {
  const { gaps, moved } = await page.evaluate(
    async ({ speed, pixels }) => {
      // oxlint-disable-next-line unicorn/consistent-function-scoping -- the page knows nothing of what is outside
      const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
      const between: number[] = [];
      const began = await frame();
      for (let last = began; (last - began) * speed < pixels * 1_000;) {
        const now = await frame();
        between.push(now - last);
        scrollBy({ top: ((now - last) * speed) / 1_000, behavior: 'instant' });
        last = now;
      }
      return { gaps: between.toSorted((one, other) => one - other), moved: scrollY };
    },
    { speed: SCROLL_SPEED, pixels: SCROLL_PIXELS },
  );
  expect(moved, 'the list is long enough').toBeGreaterThan(SCROLL_PIXELS / 2);
  return { longest: gaps.at(-1) ?? 0, most: gaps[Math.floor(gaps.length * 0.9)] ?? 0 };
}

/** Fills in a visit up to the button that saves it. */
async function fillVisit(page: Page): Promise<string> {
  const narrative = text(NARRATIVE_CHARS);
  await page.getByTestId('record-visit').click();
  await page.getByTestId('household-suggested').first().click();
  await page.getByTestId('choice-mode-home').click();
  await page.getByTestId('checks-all-normal').click();
  await page.getByTestId('field-narrative').locator('textarea').fill(narrative);
  await expect(page.getByTestId('draft-state')).toHaveAttribute('data-state', 'kept');
  return narrative;
}

test('the figures of a browser', async () => {
  const stage = await Stage.over(folder);
  const phone = new Device(folder, 'phone', stage.origin);
  let page = await phone.open();
  await signIn(page, secretary, password);
  await arrived(page, 'home');
  await readyForOffline(page);

  // On the wire: a visit and three edits without a network, the phone restarted, the network back.
  await phone.setOffline(true);
  await goHome(page);
  const narrative = await fillVisit(page);
  await page.getByTestId('form-save').click();
  await expect(page.getByTestId('said')).toBeVisible();
  await goToEntries(page);
  await page.getByTestId('entries').getByTestId('entry-row').first().click();
  for (const edited of [text(20), text(20), text(20)]) await amend(page, { narrative: narrative + edited });
  await phone.quit();
  page = await phone.open({ offline: true });
  await arrived(page, 'home');
  const requests: Request[] = [];
  page.on('request', (request) => requests.push(request));
  await phone.setOffline(false);
  await expect(page.getByTestId('sync')).toHaveAttribute('data-waiting', '0', slowly);
  const syncs = requests.filter((request) => new URL(request.url()).pathname === '/api/v1/sync');
  // The second is not for the work: once the stream of hints stands, a browser asks what came before it stood.
  const [working, asking] = [await bytes(syncs[0]), await bytes(syncs[1])];
  const { factor, stopsMs } = await slowness(phone, SLOWER);

  const times: Record<string, number[]> = { opening: [], entries: [], register: [], saving: [] };
  const took = async (name: string, part: string, from: 'tap' | 'opening') =>
    times[name]?.push(await until(page, part, from));
  const gaps: Record<string, Gaps[]> = { entries: [], register: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    await phone.quit();
    let fast: (() => Promise<void>) | undefined;
    const first = async (tab: Page) => {
      await watch(tab);
      fast = slow(phone, stopsMs);
    };
    page = await phone.open({ offline: true, first });
    await took('opening', 'record-visit', 'opening');
    await page.getByTestId('tab-entries').click();
    await took('entries', 'entries', 'tap');
    gaps['entries']?.push(await scroll(page));
    await goHome(page);
    await page.getByTestId('home-register').click();
    await took('register', 'register-list', 'tap');
    gaps['register']?.push(await scroll(page));
    await back(page);
    await fillVisit(page);
    await page.getByTestId('form-save').click();
    await took('saving', 'said', 'tap');
    await fast?.();
  }
  await phone.close();
  await stage.close();

  const of = (name: string, which: (gap: Gaps) => number) => Math.round(median((gaps[name] ?? []).map(which)));
  const slower = {
    factor: Number(factor.toFixed(2)),
    opening_ms: Math.round(median(times['opening'] ?? [])),
    entries_ms: Math.round(median(times['entries'] ?? [])),
    register_ms: Math.round(median(times['register'] ?? [])),
    saving_ms: Math.round(median(times['saving'] ?? [])),
    entries_frame_ms_p90: of('entries', (gap) => gap.most),
    entries_frame_ms_longest: of('entries', (gap) => gap.longest),
    register_frame_ms_p90: of('register', (gap) => gap.most),
    register_frame_ms_longest: of('register', (gap) => gap.longest),
  };
  await writeFile(
    report,
    `${JSON.stringify({ weekly_sync: working, after_hints_stand: asking, slower }, undefined, 2)}\n`,
  );
  print({ working, asking, slower });
});

function line(name: string, ...values: (string | number | undefined)[]): void {
  process.stdout.write(`  ${name.padEnd(50)}${values.join('')}\n`);
}

function print({ working, asking, slower }: Record<'working' | 'asking' | 'slower', Record<string, number>>): void {
  process.stdout.write(
    '\nA browser, weekly sync: all headers that Chromium sends and gets; a native client sends fewer\n',
  );
  line('the work, in one round trip: bytes up / down', working['bytes_up'], ' / ', working['bytes_down']);
  line('once hints are heard, a glance', asking['bytes_up'], ' / ', asking['bytes_down']);
  process.stdout.write(
    `A browser ${slower['factor']} times slower: a year of 73 entries, 400 households, offline; medians\n`,
  );
  line('cold open until home can be used', slower['opening_ms'], ' ms');
  line('a tap until the list of entries is painted', slower['entries_ms'], ' ms');
  line('a tap until the register is painted', slower['register_ms'], ' ms');
  line('a tap on 保存 until the entry is on the disk', slower['saving_ms'], ' ms');
  for (const list of ['entries', 'register'])
    line(
      `scrolling ${list}: frames`,
      `p90 ${slower[`${list}_frame_ms_p90`]}, longest ${slower[`${list}_frame_ms_longest`]} ms`,
    );
  process.stdout.write('written to target/bench-browser.json\n');
}

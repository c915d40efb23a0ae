// Faults inside a browser: two tabs of one person, an owner that is closed or frozen, a worker that dies in the middle of
// a save, a browser that cleans up. What the screen called saved is there, once; what is gone is not called saved.
import type { Page } from '@playwright/test';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  arrived,
  ARRIVES_MS,
  back,
  beginVisit,
  goHome,
  goToEntries,
  input,
  logLesson,
  logVisit,
  password,
  row,
  rows,
  save,
  settle,
  signIn,
} from './hand.ts';
import { expect, test } from './law.ts';
import { people } from './stage.ts';
import { halfTyped, head, narrative, topic } from './words.ts';

const { secretary } = people;
const late = { timeout: ARRIVES_MS };

/** Which tab has the person's data, as the browser names it. */
function owner(page: Page): Promise<string | undefined> {
  return page.evaluate(async () => {
    const { held = [] } = await navigator.locks.query();
    return held.find((lock) => /^zhucun-(?!worker-)/.test(lock.name ?? ''))?.clientId;
  });
}

/** On a list these entries stand, submitted, and nothing else. */
async function holds(page: Page, titles: string[]): Promise<void> {
  await goToEntries(page);
  await expect(rows(page)).toHaveCount(titles.length, late);
  for (const title of titles) await expect(row(page, title)).toContainText('已提交', late);
}

test('two tabs of one person work as one, and a closed or frozen owner hands over', async ({ stage, device }) => {
  const phone = device('phone');
  const first = await settle(phone, secretary, { first: stage, tab: 'home' });
  const second = await phone.another();
  await arrived(second, 'home');

  // The second works through the first, and each shows what the other does.
  await logVisit(second, head, narrative);
  await logLesson(first, topic);
  await holds(first, [head, topic]);
  await holds(second, [head, topic]);

  // The owner is closed while a form of the second is half typed.
  await beginVisit(second, head);
  await input(second, 'narrative').pressSequentially(halfTyped);
  const owners = [await owner(second)];
  await first.close();
  await input(second, 'narrative').pressSequentially('都愿意');
  await expect(second.getByTestId('draft-state')).toHaveAttribute('data-state', 'kept', late);
  await second.reload();
  await expect(input(second, 'narrative')).toHaveValue(`${halfTyped}都愿意`);

  // The next owner is frozen, and wakes up when another has taken over.
  const third = await phone.another();
  await arrived(third, 'home');
  owners.push(await owner(third));
  const thaw = await phone.freeze(second);
  await goHome(third);
  await third.getByTestId('record-lesson').click();
  await expect(input(third, 'topic')).toBeVisible(late);
  await back(third);
  await logLesson(third, '第二课');
  owners.push(await owner(third));
  expect(new Set(owners).size, 'three tabs owned the data, one after the other').toBe(3);
  await holds(third, [head, topic, '第二课']);
  await thaw();
  await input(second, 'narrative').pressSequentially('，开春就办');
  await expect(second.getByTestId('draft-state')).toHaveAttribute('data-state', 'kept', late);
  await back(second);
  await logLesson(second, '第三课');
  for (const page of [second, third]) await holds(page, [head, topic, '第二课', '第三课']);
  await goHome(third);
  await third.getByTestId('home-drafts').click();
  await third.getByTestId('drafts').getByTestId('entry-row').click();
  await expect(input(third, 'narrative')).toHaveValue(`${halfTyped}都愿意，开春就办`);
  await holds(await settle(device('tablet'), secretary, { tab: 'home' }), [head, topic, '第二课', '第三课']);
});

/** The worker dies as it begins to write, or when it has written and before it says so. */
type Moment = 'writing' | 'written';

/** From now on the next save is the last thing that the worker of this page does. */
async function workerWillDie(page: Page, when: Moment): Promise<void> {
  const [worker] = page.workers();
  if (worker === undefined) throw new Error('there is no worker');
  await worker.evaluate((at) => {
    const { put } = IDBObjectStore.prototype;
    let writes = 0;
    IDBObjectStore.prototype.put = function dying(...words) {
      const request = put.apply(this, words);
      writes += 1;
      if (at === 'writing') self.close();
      return request;
    };
    const { postMessage } = self;
    self.postMessage = (...message: unknown[]) => {
      if (at === 'written' && writes > 0) self.close();
      else Reflect.apply(postMessage, self, message);
    };
  }, when);
}

for (const when of ['writing', 'written'] as const) {
  test(`a worker that dies in a save (${when}) costs a moment: the form stays, the entry is there once`, async ({
    stage,
    device,
  }) => {
    const phone = device('phone');
    const page = await settle(phone, secretary, { first: stage, tab: 'home' });
    const kept = () => expect(page.getByTestId('draft-state')).toHaveAttribute('data-state', 'kept', late);
    await page.getByTestId('record-lesson').click();
    await expect(input(page, 'topic')).toBeVisible();

    // The first save of a draft, and a later one: tried again by itself, and called kept only when it is.
    await workerWillDie(page, when);
    await input(page, 'topic').fill(topic);
    await kept();
    await workerWillDie(page, when);
    await input(page, 'present').fill('15');
    await kept();
    await page.reload();
    await expect(input(page, 'topic')).toHaveValue(topic);
    await expect(input(page, 'present')).toHaveValue('15');

    // The draft becomes an entry: it is said that nobody knows, and tapping again is safe.
    await workerWillDie(page, when);
    await page.getByTestId('form-save').click();
    await expect(page.getByTestId('form-problem')).toContainText('没有存上', late);
    await save(page);
    await holds(page, [topic]);
    await goHome(page);
    await expect(page.getByTestId('home-drafts')).toHaveCount(0);
    await holds(await settle(device('tablet'), secretary, { tab: 'home' }), [topic]);
  });
}

test('a browser that cleans up under the running application is noticed, and what was submitted comes back', async ({
  stage,
  device,
}) => {
  const phone = device('phone');
  const page = await settle(phone, secretary, { first: stage, tab: 'home' });
  await logVisit(page, head, narrative);
  await expect(row(page, head)).toContainText('已提交', late);
  await phone.setOffline(true);
  await logLesson(page, topic);
  await expect(row(page, topic)).toContainText('已存本机');
  await beginVisit(page, head);
  await input(page, 'narrative').fill(halfTyped);
  await expect(page.getByTestId('draft-state')).toHaveAttribute('data-state', 'kept');

  await phone.loseDatabases();
  await expect(page.getByTestId('sign-in-lost')).toContainText('没有来得及上传的，可能找不回来了', late);
  await expect(page.getByTestId('sign-in-rescued')).toBeVisible();
  await page.screenshot({ path: test.info().outputPath('lost.png') });
  await phone.setOffline(false);
  await signIn(page, secretary, password);
  // What stood on the screen still does, and is on the disk again.
  await expect(input(page, 'narrative')).toHaveValue(halfTyped, late);
  await expect(page.getByTestId('draft-state')).toHaveAttribute('data-state', 'kept', late);
  await page.screenshot({ path: test.info().outputPath('rescued.png') });
  await page.reload();
  await expect(input(page, 'narrative')).toHaveValue(halfTyped);
  await back(page);
  await arrived(page, 'home');
  await holds(page, [head]);
  // And one can go on.
  await logLesson(page, '清理以后的一课');
  await holds(page, [head, '清理以后的一课']);
  await holds(await settle(device('tablet'), secretary, { tab: 'home' }), [head, '清理以后的一课']);
});

test('a browser that cleaned up before a start says so, and what was submitted comes back', async ({
  stage,
  device,
}) => {
  const phone = device('phone');
  const page = await settle(phone, secretary, { first: stage, tab: 'home' });
  await logVisit(page, head, narrative);
  await expect(row(page, head)).toContainText('已提交', late);
  phone.lineWillBeDead();
  await stage.kill(); // a browser that is closed may send once more
  await logLesson(page, topic);
  await expect(row(page, topic)).toContainText('已存本机');
  await phone.quit();
  await stage.start();
  await rm(join(phone.profile, 'Default', 'IndexedDB'), { recursive: true });

  const again = await phone.open();
  await expect(again.getByTestId('sign-in-lost')).toContainText('浏览器清理了本机的数据');
  await again.screenshot({ path: test.info().outputPath('lost-at-start.png') });
  await signIn(again, secretary, password);
  await arrived(again, 'home');
  await holds(again, [head]);
  await logLesson(again, '清理以后的一课');
  await holds(again, [head, '清理以后的一课']);
});

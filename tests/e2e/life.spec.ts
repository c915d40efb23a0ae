// The life of an entry, between phones and the server, as people live it: no network, killed browsers, a killed server,
// a reviewer on the road, two devices at once, two accounts on one phone.
import type { Page } from '@playwright/test';
import type { Device } from './device.ts';
import {
  amend,
  arrived,
  ARRIVES_MS,
  back,
  beginVisit,
  goHome,
  goToEntries,
  input,
  logLesson,
  logVisit,
  openEntry,
  password,
  readyForOffline,
  row,
  rows,
  settle,
  signIn,
  signInFirst,
  signOutKeeping,
} from './hand.ts';
import { expect, test } from './law.ts';
import { people } from './stage.ts';
import { halfTyped, head, narrative, topic } from './words.ts';

const { secretary, neighbour, reviewer } = people;
const late = { timeout: ARRIVES_MS };

/** Logs a visit and a lesson, leaves a form half typed, loses the browser, and finds all of it again. */
async function logsAndLosesTheBrowser(phone: Device, offline: boolean): Promise<Page> {
  await logVisit(phone.page, head, narrative);
  await logLesson(phone.page, topic);
  await beginVisit(phone.page, head);
  await input(phone.page, 'narrative').pressSequentially(halfTyped);
  await expect(phone.page.getByTestId('draft-state')).toHaveAttribute('data-state', 'kept');

  await phone.kill();
  const page = await phone.open({ offline });
  await arrived(page, 'home');
  await page.getByTestId('home-drafts').click();
  await expect(rows(page)).toHaveCount(2);
  await expect(row(page, head)).toContainText('已存本机');
  await expect(row(page, topic)).toContainText('已存本机');
  await page.getByTestId('drafts').getByTestId('entry-row').click();
  await expect(input(page, 'narrative')).toHaveValue(halfTyped);
  await back(page);
  await goToEntries(page);
  return page;
}

/** Both entries are at the server, once, and a device that has never seen them gets them so. */
async function bothArriveOnce(page: Page, fresh: Device): Promise<void> {
  await expect(row(page, head)).toContainText('已提交', late);
  await expect(row(page, topic)).toContainText('已提交', late);
  const other = await settle(fresh, secretary, { tab: 'home' });
  await goToEntries(other);
  for (const list of [page, other]) {
    await expect(rows(list)).toHaveCount(2);
    await expect(row(list, head)).toContainText('已提交');
    await expect(row(list, topic)).toContainText('已提交');
  }
}

test('what was logged offline survives a killed browser and goes up by itself while the server is killed', async ({
  stage,
  device,
}) => {
  const phone = device('phone');
  await readyForOffline(await settle(phone, secretary, { first: stage, tab: 'home' }));
  await phone.setOffline(true);
  const page = await logsAndLosesTheBrowser(phone, true);
  await stage.killWhileItWrites(() => phone.setOffline(false));
  await stage.start();
  await bothArriveOnce(page, device('tablet'));
});

test('it goes up as well when the browser never says that it is online again', async ({ stage, device }) => {
  const phone = device('phone');
  await readyForOffline(await settle(phone, secretary, { first: stage, tab: 'home' }));
  phone.lineWillBeDead();
  await stage.kill();
  const page = await logsAndLosesTheBrowser(phone, false);
  await page.evaluate(() => {
    window.addEventListener('online', () => document.documentElement.setAttribute('data-online', ''));
  });
  const answered = page.waitForResponse('**/api/v1/sync', late);
  await stage.start();
  await Promise.race([answered, page.waitForRequest('**/api/v1/sync', late)]);
  await stage.kill();
  await stage.start();
  await bothArriveOnce(page, device('tablet'));
  await expect(page.locator('html[data-online]')).toHaveCount(0);
});

test('a reviewer returns and confirms offline, the author amends, and a change after the review is said', async ({
  stage,
  device,
}) => {
  const comment = '写清楚门什么时候修好';
  const remark = '老人身体怎么样';
  const [phone, office] = [device('phone'), device('office')];
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  await logVisit(own, head, narrative);
  await logLesson(own, topic);
  await expect(row(own, head)).toContainText('已提交', late);
  await expect(row(own, topic)).toContainText('已提交', late);

  const desk = await settle(office, reviewer, { first: stage, tab: 'review' });
  await expect(desk.getByTestId('queue-total')).toHaveAttribute('data-total', '2', late);
  await office.setOffline(true);
  await desk.getByTestId('review-start').click();
  await expect(desk.getByTestId('entry-title')).toContainText(head);
  await desk.getByTestId('remark-on-narrative').click();
  await desk.getByTestId('remark-text').fill(remark);
  await desk.getByTestId('remark-done').click();
  await desk.getByTestId('return').click();
  await desk.getByTestId('return-reason-too_brief').click();
  await desk.getByTestId('return-text').fill(comment);
  await desk.getByTestId('return-send').click();
  await expect(desk.getByTestId('entry-head')).toContainText('退回补充');
  await desk.getByTestId('next').click();
  await expect(desk.getByTestId('entry-title')).toContainText(topic);
  await desk.getByTestId('confirm').click();
  await expect(desk.getByTestId('entry-head')).toContainText('已确认');
  await desk.getByTestId('next').click();
  await expect(desk.getByTestId('queue-total')).toHaveAttribute('data-total', '0');
  await expect(row(own, head)).toContainText('已提交');

  await office.setOffline(false);
  await expect(row(own, head)).toContainText('退回补充', late);
  await expect(row(own, topic)).toContainText('已确认', late);
  await goHome(own);
  await own.getByTestId('home-asked').getByTestId('entry-row').click();
  await expect(own.getByTestId('asked-banner')).toContainText('内容过简');
  await expect(own.getByTestId('asked-banner')).toContainText(comment);
  await expect(own.getByTestId('comment-narrative')).toContainText(remark);
  await own.getByTestId('amend').click();
  await expect(own.getByTestId('field-narrative')).toContainText(remark);
  await back(own);
  await amend(own, { narrative: `${narrative}。门已经修好，老人血压平稳` });

  await expect(desk.getByTestId('queue-total')).toHaveAttribute('data-total', '1', late);
  await desk.getByTestId('review-start').click();
  await expect(desk.getByTestId('text-narrative')).toContainText('老人血压平稳');
  await desk.getByTestId('confirm').click();
  await expect(desk.getByTestId('entry-head')).toContainText('已确认');
  await expect(own.getByTestId('entry-head')).toContainText('已确认', late);

  await amend(own, { plan: '下月初再去看看羊羔' });
  await expect(own.getByTestId('entry-head')).toContainText('审核后有修改');
  await expect(desk.getByTestId('entry-head')).toContainText('审核后有修改', late);
  await expect(desk.getByTestId('text-plan')).toContainText('羊羔');
});

test('two new devices of one person write offline: every entry stays, fields merge, no value is lost', async ({
  stage,
  device,
}) => {
  const devices = [device('phone'), device('tablet')] as const;
  const one = await settle(devices[0], secretary, { first: stage, tab: 'home' });
  const two = await settle(devices[1], secretary, { tab: 'home' });
  const offline = (is: boolean) => Promise.all(devices.map((each) => each.setOffline(is)));
  const visited = '白玉兰';

  await offline(true);
  await logVisit(one, head, narrative);
  await logLesson(one, topic);
  await logVisit(two, visited, '孙子考上了高中');
  await offline(false);
  for (const page of [one, two]) {
    await expect(rows(page)).toHaveCount(3, late);
    for (const title of [head, topic, visited]) await expect(row(page, title)).toContainText('已提交', late);
  }

  await offline(true);
  await openEntry(one, topic);
  await amend(one, { main_points: '一条一条学了党员的义务', present: '16' });
  await openEntry(two, topic);
  await amend(two, { members_views: '大家要求多讲政策', present: '17' });
  await offline(false);
  for (const page of [one, two]) {
    await expect(page.getByTestId('text-main_points')).toContainText('党员的义务', late);
    await expect(page.getByTestId('text-members_views')).toContainText('多讲政策', late);
    await expect(page.getByTestId('other-present')).toBeVisible(late);
  }
  const shown = await one.getByTestId('text-present').innerText();
  const [value, otherValue] = shown === '16' ? ['16', '17'] : ['17', '16'];
  for (const page of [one, two]) {
    await expect(page.getByTestId('text-present')).toHaveText(value);
    await expect(page.getByTestId('other-present')).toContainText(otherValue);
  }
  await two.getByTestId('restore-present').click();
  for (const page of [one, two]) {
    await expect(page.getByTestId('text-present')).toHaveText(otherValue, late);
    await expect(page.getByTestId('other-present')).toHaveCount(0);
    await expect(page.getByTestId('entry-merged')).toContainText('两处同时改过');
    await expect(page.getByTestId('event-parallel').first()).toBeVisible();
  }
});

test('a second account on the same browser sees nothing of the first, whose work waits for it', async ({
  stage,
  device,
}) => {
  const phone = device('phone');
  const page = await settle(phone, secretary, { first: stage, tab: 'home' });
  await phone.setOffline(true);
  await logVisit(page, head, narrative);
  await beginVisit(page, head);
  await input(page, 'narrative').fill(halfTyped);
  await expect(page.getByTestId('draft-state')).toHaveAttribute('data-state', 'kept');
  await back(page);
  await signOutKeeping(page);

  await phone.setOffline(false);
  await signInFirst(page, neighbour, stage);
  await arrived(page, 'home');
  await expect(page.getByTestId('greeting')).toContainText(neighbour.name);
  await seesNothingOfTheFirst(page);
  await signOutKeeping(page);

  await signIn(page, secretary, password);
  await arrived(page, 'home');
  await page.getByTestId('home-drafts').click();
  await expect(rows(page)).toHaveCount(1);
  await expect(row(page, head)).toContainText('已提交', late);
  await page.getByTestId('drafts').getByTestId('entry-row').click();
  await expect(input(page, 'narrative')).toHaveValue(halfTyped);
});

/** Neither a draft nor an entry nor a household of the other village, and its addresses lead nowhere. */
async function seesNothingOfTheFirst(page: Page): Promise<void> {
  await expect(page.getByTestId('home-drafts')).toHaveCount(0);
  await goToEntries(page);
  await expect(page.getByRole('main')).toContainText('还没有记录');
  await expect(page.getByTestId('entry-row')).toHaveCount(0);
  await goHome(page);
  await page.getByTestId('record-visit').click();
  await page.getByTestId('household-pick').click();
  await expect(page.getByRole('dialog')).toContainText('还没有农户');
  await expect(page.getByRole('dialog')).not.toContainText(head);
  await page.getByTestId('household-done').click();
  await back(page);
}

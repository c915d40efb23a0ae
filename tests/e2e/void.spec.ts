// What is taken back and brought back: an author voids what was reviewed, without a network and with a reason; it is
// marked and counts no more, also at the township; who voided it restores it, and nobody else.
import type { Page } from '@playwright/test';
import { ARRIVES_MS, back, goHome, goToEntries, logLesson, openEntry, row, settle } from './hand.ts';
import { expect, test } from './law.ts';
import { people } from './stage.ts';
import { topic } from './words.ts';

const { secretary, reviewer } = people;
const late = { timeout: ARRIVES_MS };

/** What the year says of lessons. */
async function lessons(page: Page): Promise<string> {
  await goHome(page);
  await page.getByTestId('home-year').click();
  await expect(page.getByTestId('year-cell').first()).toBeVisible();
  return page.getByTestId('figure-lesson').innerText();
}

test('what was voided is marked and counts no more until it is restored', async ({ stage, device }) => {
  const [phone, office] = [device('phone'), device('office')];
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  await logLesson(own, topic);
  const desk = await settle(office, reviewer, { first: stage, tab: 'review' });
  await desk.getByTestId('review-start').click(late);
  await desk.getByTestId('confirm').click();
  await expect(desk.getByTestId('entry-head')).toContainText('已确认');
  await goToEntries(own);
  await expect(row(own, topic)).toContainText('已确认', late);
  const counted = await lessons(own);
  expect(counted).toMatch(/^1\//);

  await phone.setOffline(true);
  await openEntry(own, topic);
  await own.getByTestId('void').click();
  await own.getByTestId('void-send').click();
  await expect(own.getByTestId('void-problem')).toContainText('请选一个原因');
  await own.getByTestId('void-reason-other').click();
  await own.getByTestId('void-send').click();
  await expect(own.getByTestId('void-problem')).toContainText('请写一句说明');
  await own.getByTestId('void-reason-not_held').click();
  await own.getByTestId('void-text').fill('那天下大雨，改到下月');
  await own.getByTestId('void-send').click();
  await expect(own.getByTestId('taken-back')).toContainText('已作废：并未开展');
  await expect(own.getByTestId('taken-back')).toContainText('那天下大雨');
  await expect(own.getByTestId('taken-back')).toContainText(secretary.name);
  await expect(own.getByTestId('entry-head')).toContainText('已作废，不计');
  await expect(own.getByTestId('text-topic')).toHaveText(topic);
  await expect(own.getByTestId('amend')).toHaveCount(0);
  await expect(own.getByTestId('restorable-until')).toContainText('可以恢复');
  await back(own);
  await expect(row(own, topic).getByTestId('state-voided')).toContainText('已作废');
  expect(await lessons(own)).not.toBe(counted);

  await phone.setOffline(false);
  await expect(desk.getByTestId('taken-back')).toContainText('那天下大雨', late);
  for (const action of ['confirm', 'return', 'void', 'restore']) await expect(desk.getByTestId(action)).toHaveCount(0);

  await openEntry(own, topic);
  await own.getByTestId('restore').click();
  await expect(own.getByTestId('entry-head')).toContainText('已确认');
  await expect(own.getByTestId('event-voided')).toContainText('已不起作用');
  await expect(own.getByTestId('event-restored')).toContainText(secretary.name);
  await back(own);
  expect(await lessons(own)).toBe(counted);

  await expect(desk.getByTestId('entry-head')).toContainText('已确认', late);
  await desk.getByTestId('void').click();
  await desk.getByTestId('void-reason-duplicate').click();
  await desk.getByTestId('void-send').click();
  await expect(desk.getByTestId('decided')).toContainText('已作废');
  await openEntry(own, topic);
  await expect(own.getByTestId('taken-back')).toContainText(reviewer.name, late);
  await expect(own.getByTestId('restore')).toHaveCount(0);
  await desk.getByTestId('restore').click();
  await expect(own.getByTestId('entry-head')).toContainText('已确认', late);
});

// The end of a term: the township writes its votes and its opinion, the county its grade, the secretary reads what was
// written, and the form is saved to be printed, and the archive with it. What somebody else wrote meanwhile is never written over unread.
import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { ARRIVES_MS, logVisit, row, settle } from './hand.ts';
import { expect, test } from './law.ts';
import { people } from './stage.ts';
import { head, narrative } from './words.ts';

const { secretary, reviewer, deputy, county } = people;
const late = { timeout: ARRIVES_MS };

/** Saves the archive of the tenure on screen. */
async function archived(page: Page): Promise<void> {
  const coming = page.waitForEvent('download');
  await page.getByTestId('archive-make').click();
  const file = await coming;
  expect(file.suggestedFilename()).toMatch(/^个人工作纪实档案_.*\.docx$/);
  expect(
    readFileSync(await file.path())
      .subarray(0, 2)
      .toString('latin1'),
  ).toBe('PK');
}

test('a term is assessed by township and county, read by its secretary and saved as a form', async ({
  stage,
  device,
}) => {
  const [phone, office, tablet, desktop] = [device('phone'), device('office'), device('tablet'), device('desktop')];
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  await logVisit(own, head, narrative);
  await expect(row(own, head)).toContainText('已提交', late);

  const desk = await settle(office, reviewer, { first: stage, tab: 'review' });
  const other = await settle(tablet, deputy, { first: stage, tab: 'review' });
  for (const page of [desk, other]) {
    await page.goto(`${stage.origin}/#/review/${secretary.division}`);
    await page.getByTestId('village-year').click();
    if (page === desk) await archived(page);
    await page.getByTestId('year-assess').click();
    const card = page.getByTestId('assessment-term_end');
    await expect(card.getByTestId('assess-visit')).toContainText('1/', late);
    await expect(card.getByTestId('assess-present')).toContainText('要求每月不少于 20 天');
    await expect(card.getByTestId('write-county')).toHaveCount(0);
    await card.getByTestId('write-township').click();
  }
  await desk.getByTestId('votes-excellent').fill('１２');
  await expect(desk.getByTestId('township-save')).toBeDisabled();
  for (const grade of ['competent', 'basic', 'failing']) await desk.getByTestId(`votes-${grade}`).fill('0');
  await desk.getByTestId('township-opinion').fill('工作扎实，同意评为优秀');
  await desk.getByTestId('township-save').click();
  await expect(desk.getByTestId('assessment-term_end').getByTestId('assess-township')).toContainText('优秀 12');

  // The deputy had not seen that: nothing of either is lost.
  await other.getByTestId('township-opinion').fill('副职的意见');
  await other.getByTestId('township-save').click();
  await expect(other.getByTestId('assess-write-problem')).toContainText('刚刚有变化');
  await expect(other.getByTestId('township-opinion')).toHaveValue('副职的意见');
  await expect(other.getByTestId('assess-theirs')).toContainText('同意评为优秀', late);
  await other.keyboard.press('Escape');
  await expect(other.getByTestId('assessment-term_end').getByTestId('assess-township')).toContainText('同意评为优秀');

  const seat = await settle(desktop, county, { first: stage, tab: 'desk' });
  await seat.getByTestId('desk-assess').click();
  await seat.getByTestId('assessee').filter({ hasText: secretary.name }).click();
  const card = seat.getByTestId('assessment-term_end');
  await expect(card.getByTestId('assess-township')).toContainText('工作扎实');
  await card.getByTestId('write-county').click();
  await seat.getByTestId('grade-excellent').click();
  await seat.getByTestId('credit-yes').click();
  await seat.getByTestId('county-opinion').fill('同意乡镇意见');
  await desktop.setOffline(true);
  await seat.getByTestId('county-save').click();
  await expect(seat.getByTestId('assess-write-problem')).toContainText('没有连上服务器');
  await desktop.setOffline(false);
  await seat.getByTestId('county-save').click();
  await expect(card.getByTestId('assess-grade')).toHaveText('优秀');
  const coming = seat.waitForEvent('download');
  await card.getByTestId('assess-form').click();
  const file = await coming;
  expect(file.suggestedFilename()).toMatch(/^第一书记期满考核登记表_.*\.docx$/);
  expect(
    readFileSync(await file.path())
      .subarray(0, 2)
      .toString('latin1'),
  ).toBe('PK');

  await expect(seat.getByTestId('archive')).toContainText('户主姓名打码');
  await archived(seat);

  // What is printed of the screen is what was written, without what only a finger can use.
  await seat.emulateMedia({ media: 'print' });
  await expect(card.getByTestId('assess-county')).toContainText('同意乡镇意见');
  await expect(card.getByTestId('assess-form')).toBeHidden();
  await expect(seat.getByTestId('tab-desk')).toBeHidden();

  await own.goto(`${stage.origin}/#/year`);
  await own.getByTestId('year-assess').click();
  const mine = own.getByTestId('assessment-term_end');
  await expect(mine.getByTestId('assess-grade')).toHaveText('优秀');
  await expect(mine.getByTestId('assess-county')).toContainText('计入基层工作经历：可');
  await expect(mine.getByTestId('write-township')).toHaveCount(0);
  await expect(own.getByTestId('archive')).not.toContainText('户主姓名打码');
  await archived(own);
  await phone.setOffline(true);
  await own.goto(`${stage.origin}/#/year`);
  await own.getByTestId('archive-make').click();
  await expect(own.getByTestId('export-problem')).toContainText('没有连上服务器');
});

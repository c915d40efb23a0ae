// A secretary's month, mostly without a network: visits, a lesson, an activity, an issue from its raising to its end, a return
// answered; and what follows from it, a summary and a research report that begin with what was logged.
import type { Page } from '@playwright/test';
import {
  ARRIVES_MS,
  back,
  begin,
  beginVisit,
  chooseHousehold,
  follow,
  goHome,
  goToEntries,
  input,
  logLesson,
  openEntry,
  raiseIssue,
  readyForOffline,
  row,
  rows,
  save,
  settle,
  setDay,
} from './hand.ts';
import { expect, test } from './law.ts';
import { day, people } from './stage.ts';
import { head, topic } from './words.ts';

const { secretary, reviewer } = people;
const late = { timeout: ARRIVES_MS };
const TAPS_MAX = 12;
const pipe = '二组的水管冻裂了，三户没水吃';
const visited = ['看了冬小麦，圈舍门坏了', '老人腿疼，约了村医', '娃娃开学的钱够了', '羊羔长得好，商量卖羊'];

/** The half of a year that a day is in, as the core calls it. */
function half(of: string): string {
  return `${of.slice(0, 4)}-H${Number(of.slice(5, 7)) > 6 ? 2 : 1}`;
}

/** Counts what a thumb does on this page from now on; typing is not counted. */
async function countTaps(page: Page): Promise<() => Promise<number>> {
  await page.evaluate(() => {
    const { dataset } = document.documentElement;
    dataset['taps'] = '0';
    document.addEventListener('pointerdown', () => (dataset['taps'] = String(Number(dataset['taps']) + 1)), true);
  });
  return async () => Number(await page.locator('html').getAttribute('data-taps'));
}

/** A visit as it is logged week after week, with an issue on the way: every touch is one that a thumb makes. */
async function weeklyVisit(page: Page, narrative: string): Promise<void> {
  await page.getByTestId('record-visit').click();
  await page.getByTestId('household-suggested').first().click();
  await page.getByTestId('choice-mode-home').click();
  await page.getByTestId('checks-all-normal').click();
  await input(page, 'narrative').click();
  await page.keyboard.insertText(narrative);
}

test('a month is logged offline, an issue is followed to its end, a return is answered', async ({ stage, device }) => {
  test.slow();
  const [phone, office] = [device('phone'), device('office')];
  const page = await settle(phone, secretary, { first: stage, tab: 'home' });
  await readyForOffline(page);
  await phone.setOffline(true);

  // Four visits, three of them written down afterwards.
  await beginVisit(page, head);
  await page.getByTestId('choice-mode-home').click();
  await setDay(page, 'occurred_on', day(-21));
  await input(page, 'narrative').fill(visited[0] ?? '');
  await save(page);
  for (const [at, days] of [
    [1, -14],
    [2, -7],
  ] as const) {
    await goHome(page);
    await weeklyVisit(page, visited[at] ?? '');
    await setDay(page, 'occurred_on', day(days));
    await save(page);
  }

  await goHome(page);
  const taps = await countTaps(page);
  await weeklyVisit(page, visited[3] ?? '');
  await page.getByTestId('issue-add').click();
  await input(page, 'text').click();
  await page.keyboard.insertText(pipe);
  await page.getByTestId('choice-category-water').click();
  await page.getByTestId('issue-done').click();
  await page.getByTestId('form-save').click();
  await expect(page.getByTestId('said')).toBeVisible();
  const touched = await taps();
  expect(touched, 'a weekly visit with an issue').toBeGreaterThan(5);
  expect(touched, 'a weekly visit with an issue').toBeLessThanOrEqual(TAPS_MAX);

  await logLesson(page, topic);
  await begin(page, 'activity');
  await input(page, 'theme').fill('清理村道，看望老党员');
  await page.getByTestId('choice-form-volunteering').click();
  await page.getByTestId('choice-theme_day-yes').click();
  await input(page, 'present').fill('12');
  await save(page);
  await goToEntries(page);
  await expect(rows(page)).toHaveCount(6);
  await expect(page.getByTestId('filter-activity')).toBeVisible();

  await page.getByTestId('tab-issues').click();
  await expect(page.getByTestId('issues').getByTestId('issue-row')).toHaveCount(1);
  await page.getByTestId('issue-row').first().click();
  await follow(page, 'in_progress', { handler: '村主任' });
  await expect(page.getByTestId('issue-head')).toHaveAttribute('data-state', 'in_progress');

  await phone.setOffline(false);
  await page.getByTestId('back').click();
  await goToEntries(page);
  await expect(rows(page).filter({ hasText: '已提交' })).toHaveCount(6, late);

  // The township reads, returns the newest visit, and sees the issue.
  const desk = await settle(office, reviewer, { first: stage, tab: 'review' });
  await expect(desk.getByTestId('queue-total')).toHaveAttribute('data-total', '6', late);
  await desk.evaluate((code) => (location.hash = `/review/${code}`), secretary.division);
  await desk.getByTestId('entry-row').filter({ hasText: head }).last().click();
  await desk.getByTestId('return').click();
  await desk.getByTestId('return-reason-too_brief').click();
  await desk.getByTestId('return-text').fill('门修好了没有');
  await desk.getByTestId('return-send').click();
  await expect(desk.getByTestId('entry-head')).toContainText('退回补充');

  await goHome(page);
  await page.getByTestId('home-asked').getByTestId('entry-row').click(late);
  await expect(page.getByTestId('asked-banner')).toContainText('门修好了没有');
  await phone.setOffline(true);
  await page.getByTestId('answer').click();
  await page.getByTestId('answer-text').fill('上周末已经修好');
  await page.getByTestId('answer-send').click();
  await expect(page.getByTestId('entry-head')).toContainText('已回复');
  await back(page);
  await page.getByTestId('tab-issues').click();
  await page.getByTestId('issue-row').first().click();
  await follow(page, 'closed', { outcome: '换了水管，三户都有水了' });
  await expect(page.getByTestId('issue-head')).toHaveAttribute('data-state', 'closed');
  await expect(page.getByTestId('issue-event')).toHaveCount(3);

  // What was logged is counted, and kept as it was.
  await page.getByTestId('back').click();
  await begin(page, 'summary');
  await page.getByTestId(`choice-half-${half(day())}`).click();
  const here = [-21, -14, -7, 0].filter((days) => half(day(days)) === half(day())).length;
  await expect(page.getByTestId('facts-visit')).toContainText(`${here} 次`);
  await expect(page.getByTestId('facts-lesson')).toContainText('1 次');
  await expect(page.getByTestId('facts-activity')).toContainText('1 次');
  await expect(page.getByTestId('facts-issues')).toContainText('提出 1 件，办结 1 件，还在办 0 件');
  await input(page, 'done').fill('走访、党课、主题党日都按时开展');
  await save(page);
  await logLesson(page, '第二课');
  await openEntry(page, '半年');
  await expect(page.getByTestId('facts-lesson')).toContainText('1 次');

  await back(page);
  await begin(page, 'research');
  await expect(page.getByTestId('visits-chosen')).toContainText('4 次');
  await input(page, 'title').fill('关于养羊产业的调研');
  await input(page, 'body').fill('一、现状\n二、困难\n三、建议');
  await save(page);

  await begin(page, 'report');
  await expect(page.getByTestId('facts-visit')).toContainText('4 次');
  await expect(page.getByTestId('facts-summary')).toContainText('1 篇');
  await page.getByTestId('choice-form-meeting').click();
  await input(page, 'content').fill('汇报了走访、党课、水管的事和明年的打算');
  await save(page);

  await phone.setOffline(false);
  await expect(rows(page).filter({ hasText: '已提交' })).toHaveCount(9, late);
  await desk.evaluate((code) => (location.hash = `/review/${code}`), secretary.division);
  await expect(desk.getByTestId('entry-row').filter({ hasText: '已回复' })).toHaveCount(1, late);
  await desk.getByTestId('village-issues').click();
  await expect(desk.getByTestId('issues').getByTestId('issue-closed')).toBeVisible(late);
  await desk.getByTestId('issue-row').click();
  await expect(desk.getByTestId('text-outcome')).toContainText('换了水管');
});

test('a deed is amended until it is done, a copy says that it is like another, a draft what it lacks', async ({
  stage,
  device,
}) => {
  const phone = device('phone');
  const page = await settle(phone, secretary, { first: stage, tab: 'home' });
  await begin(page, 'deed');
  await input(page, 'name').fill('修三口水窖');
  await input(page, 'need').fill('二组三户吃水要到沟里挑，老人挑不动');
  await page.getByTestId('choice-state-planned').click();
  await expect(page.getByTestId('field-finished')).toHaveCount(0);
  await save(page);
  await openEntry(page, '修三口水窖');
  for (const [step, text] of [
    ['under_way', '实施中'],
    ['achieved', '已办成'],
  ] as const) {
    await page.getByTestId('deed-progress').click();
    await page.getByTestId(`progress-${step}`).click();
    await page.getByTestId('progress-save').click();
    await expect(page.getByTestId('text-state')).toHaveText(text);
  }
  await expect(page.getByTestId('text-finished')).toBeVisible();
  await expect(page.getByTestId('deed-progress')).toHaveCount(0);

  await page.getByTestId('copy').click();
  await expect(input(page, 'name')).toHaveValue('修三口水窖');
  await page.getByTestId('choice-state-planned').click();
  await page.getByTestId('form-save').click();
  await expect(page.getByTestId('alike')).toContainText('修三口水窖');
  await page.getByTestId('alike-save').click();
  await expect(rows(page)).toHaveCount(2);

  await begin(page, 'lesson');
  await input(page, 'main_points').fill('讲了一半');
  await raiseIssue(page, '党员活动室屋顶漏雨', undefined);
  await expect(page.getByTestId('draft-state')).toHaveAttribute('data-state', 'kept');
  await page.getByTestId('form-save').click();
  await expect(page.getByTestId('field-topic')).toHaveAttribute('data-fault', 'missing');
  await expect(page.getByTestId('form-issues')).toContainText('这里还要补一下');
  await back(page);
  await goToEntries(page);
  await expect(page.getByTestId('row-missing')).toHaveText('还要补：党课题目、类别');
  await page.getByTestId('drafts').getByTestId('entry-row').click();
  await input(page, 'topic').fill(topic);
  await page.getByTestId('issue-draft').click();
  await page.getByTestId('choice-category-infrastructure').click();
  await page.getByTestId('issue-done').click();
  await save(page);
  await openEntry(page, topic);
  await expect(page.getByTestId('entry-issues')).toContainText('屋顶漏雨');
});

test('two people follow one issue offline: nothing is lost, both values are seen, either settles it', async ({
  stage,
  device,
}) => {
  const [phone, office] = [device('phone'), device('office')];
  const page = await settle(phone, secretary, { first: stage, tab: 'home' });
  await begin(page, 'visit');
  await chooseHousehold(page, head);
  await page.getByTestId('choice-mode-home').click();
  await raiseIssue(page, pipe, 'water');
  await save(page);
  await expect(row(page, head)).toContainText('已提交', late);
  await page.getByTestId('tab-issues').click();
  await page.getByTestId('issue-row').click();
  const desk = await settle(office, reviewer, { first: stage, tab: 'review' });
  await desk.evaluate((code) => (location.hash = `/issues/${code}`), secretary.division);
  await desk.getByTestId('issue-row').click(late);

  await Promise.all([phone.setOffline(true), office.setOffline(true)]);
  await follow(page, 'closed', { outcome: '换了水管' });
  await follow(desk, 'forwarded', { handler: '水管站' });
  await Promise.all([phone.setOffline(false), office.setOffline(false)]);
  for (const each of [page, desk]) {
    await expect(each.getByTestId('other-state')).toBeVisible(late);
    await expect(each.getByTestId('text-outcome')).toContainText('换了水管');
    await expect(each.getByTestId('text-handler')).toContainText('水管站');
    await expect(each.getByTestId('issue-event')).toHaveCount(3);
  }
  const shown = await page.getByTestId('text-state').innerText();
  await page.getByTestId('keep-state').click();
  for (const each of [page, desk]) {
    await expect(each.getByTestId('other-state')).toHaveCount(0, late);
    await expect(each.getByTestId('text-state')).toHaveText(shown);
  }
});

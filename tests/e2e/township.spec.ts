// The township's week at its largest: twenty entries of five villages on one phone without a network; and two reviewers who do
// not know of each other say the opposite of one entry; and a question that both sides meet offline.
import { ARRIVES_MS, goHome, logLesson, logVisit, openEntry, row, settle } from './hand.ts';
import { expect, test } from './law.ts';
import { people } from './stage.ts';
import { head, narrative } from './words.ts';

const { secretary, reviewer, deputy } = people;
const late = { timeout: ARRIVES_MS };
const names = ['东岭村', '西坪村', '南沟村', '北塬村', '中庄村'];
const topics = ['学习党章', '学习扶贫政策', '讨论低保名单', '安排春耕互助'];

test('twenty entries of five villages are reviewed on a phone without a network and go up together', async ({
  stage,
  device,
}) => {
  // Five people write on the screens, one after the other.
  test.setTimeout(600_000);
  const secretaries = await stage.settleVillages(names);
  for (const person of secretaries) {
    const phone = device(person.login);
    const own = await settle(phone, person, { first: stage, tab: 'home' });
    for (const topic of topics) await logLesson(own, `${topic}（${person.name}）`);
    for (const topic of topics) await expect(row(own, topic)).toContainText('已提交', late);
    await phone.quit();
  }

  const office = device('office');
  const desk = await settle(office, reviewer, { first: stage, tab: 'review' });
  await expect(desk.getByTestId('queue-total')).toHaveAttribute('data-total', '20', late);
  await office.setOffline(true);
  // One village by itself, the rest in one go; one entry is sent back.
  await desk.getByTestId('review-start').click();
  await expect(desk.getByTestId('entry-title')).toContainText(topics[0] ?? '');
  await desk.getByTestId('return').click();
  await desk.getByTestId('return-reason-too_brief').click();
  await desk.getByTestId('return-text').fill('讲了些什么，补几句');
  await desk.getByTestId('return-send').click();
  await expect(desk.getByTestId('entry-head')).toContainText('退回补充');
  await desk.goto(`${stage.origin}/#/reading`);
  await expect(desk.getByTestId('reading-entry')).toHaveCount(19);
  await desk.getByTestId('reading-all').click();
  await expect(desk.getByTestId('reading-confirm')).toContainText('确认 19 条');
  await desk.getByTestId('reading-confirm').click();
  await expect(desk.getByTestId('reading-none')).toBeVisible();

  await office.setOffline(false);
  for (const [at, person] of secretaries.entries()) {
    const phone = device(`${person.login}-again`);
    const own = await settle(phone, person, { tab: 'home' });
    await own.getByTestId('tab-entries').click();
    const states = own.getByTestId('entries').getByTestId('entry-row');
    await expect(states).toHaveCount(4, late);
    await expect(states.filter({ hasText: '已确认' })).toHaveCount(at === 0 ? 3 : 4, late);
    await phone.quit();
  }
});

test('two reviewers return and confirm one entry at once: the return stands, and both are shown', async ({
  stage,
  device,
}) => {
  const [phone, office, tablet] = [device('phone'), device('office'), device('tablet')];
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  await logVisit(own, head, narrative);
  await expect(row(own, head)).toContainText('已提交', late);
  const desks = [
    await settle(office, reviewer, { first: stage, tab: 'review' }),
    await settle(tablet, deputy, { first: stage, tab: 'review' }),
  ] as const;
  for (const desk of desks) await expect(desk.getByTestId('queue-total')).toHaveAttribute('data-total', '1', late);
  await office.setOffline(true);
  await tablet.setOffline(true);
  for (const desk of desks) await desk.getByTestId('review-start').click();
  await desks[0].getByTestId('return').click();
  await desks[0].getByTestId('return-reason-too_brief').click();
  await desks[0].getByTestId('return-text').fill('圈舍什么时候修好');
  await desks[0].getByTestId('return-send').click();
  await expect(desks[0].getByTestId('entry-head')).toContainText('退回补充');
  await desks[1].getByTestId('confirm').click();
  await expect(desks[1].getByTestId('entry-head')).toContainText('已确认');
  await tablet.setOffline(false);
  await expect(row(own, head)).toContainText('已确认', late);
  await office.setOffline(false);
  await expect(row(own, head)).toContainText('退回补充', late);
  await openEntry(own, head);
  for (const page of [own, ...desks]) {
    await expect(page.getByTestId('entry-head')).toContainText('退回补充', late);
    await expect(page.getByTestId('event-confirmed')).toContainText(deputy.name, late);
    await expect(page.getByTestId('event-returned')).toContainText(reviewer.name);
  }
  await expect(own.getByTestId('asked-banner')).toContainText('圈舍什么时候修好');
});

test('a question is asked and answered offline, and the entry counts meanwhile', async ({ stage, device }) => {
  const [phone, office] = [device('phone'), device('office')];
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  await logVisit(own, head, narrative);
  await expect(row(own, head)).toContainText('已提交', late);
  const desk = await settle(office, reviewer, { first: stage, tab: 'review' });
  await expect(desk.getByTestId('queue-total')).toHaveAttribute('data-total', '1', late);
  await office.setOffline(true);
  await desk.getByTestId('review-start').click();
  await desk.getByTestId('remark-on-narrative').click();
  await desk.getByTestId('remark-text').fill('门修好了没有');
  await desk.getByTestId('remark-done').click();
  await desk.getByTestId('question').click();
  await expect(desk.getByTestId('question-send')).toBeEnabled();
  await desk.getByTestId('question-text').fill('周末去了吗');
  await desk.getByTestId('question-send').click();
  await expect(desk.getByTestId('entry-head')).toContainText('有询问');
  await office.setOffline(false);
  await goHome(own);
  const asked = own.getByTestId('home-asked').getByTestId('entry-row');
  await expect(asked).toContainText('有询问', late);
  await expect(own.getByTestId('duty-visit')).not.toHaveAttribute('data-done', '0');
  await phone.setOffline(true);
  await asked.click();
  await expect(own.getByTestId('asked-banner')).toContainText('周末去了吗');
  await expect(own.getByTestId('asked-banner')).toContainText('门修好了没有');
  await own.getByTestId('answer').click();
  await own.getByTestId('answer-text').fill('周末去了，修好了');
  await own.getByTestId('answer-send').click();
  await expect(own.getByTestId('entry-head')).toContainText('已回复');
  await phone.setOffline(false);
  await expect(desk.getByTestId('entry-head')).toContainText('已回复', late);
  await expect(desk.getByTestId('event-answered')).toContainText('周末去了，修好了');
  await desk.getByTestId('confirm').click();
  await expect(own.getByTestId('entry-head')).toContainText('已确认', late);
  await expect(own.getByTestId('asked-banner')).toHaveCount(0);
});

// A secretary who is moved while the phone is away: what was written then is put aside, and the township takes it or not. Who left
// keeps what they wrote.
import { ARRIVES_MS, logLesson, logVisit, row, settle } from './hand.ts';
import { expect, test } from './law.ts';
import { people } from './stage.ts';
import { head, narrative, topic } from './words.ts';

const { secretary, reviewer } = people;
const late = { timeout: ARRIVES_MS };

test('what a recalled secretary wrote offline is put aside, read by the township, and taken', async ({
  stage,
  device,
}) => {
  const [phone, office] = [device('phone'), device('office')];
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  await logVisit(own, head, narrative);
  await expect(row(own, head)).toContainText('已提交', late);
  await phone.setOffline(true);
  await logLesson(own, topic);
  await stage.recall(secretary);
  await phone.setOffline(false);
  await own.getByTestId('tab-me').click();
  await own.getByTestId('me-sync').click();
  await expect(own.getByTestId('sync-parked')).toContainText('1 处内容', late);
  await expect(own.getByTestId('sync')).toHaveAttribute('data-waiting', '0');

  const desk = await settle(office, reviewer, { first: stage, tab: 'review' });
  await desk.getByTestId('queue-inbox').click();
  await expect(desk.getByTestId('pile')).toContainText(secretary.name);
  await desk.getByTestId('pile-show').click();
  await expect(desk.getByTestId('pile')).toContainText(topic);
  await desk.getByTestId('pile-take').click();
  await expect(desk.getByTestId('inbox-none')).toBeVisible();
  await desk.getByTestId('back').click();
  await expect(desk.getByTestId('queue-total')).toHaveAttribute('data-total', '2', late);
  await own.getByTestId('sync-now').click();
  await expect(own.getByTestId('sync-parked')).toHaveCount(0, late);
});

test('who left a village keeps what they wrote and answers it, and the register is gone', async ({ stage, device }) => {
  const [phone, office] = [device('phone'), device('office')];
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  await logVisit(own, head, narrative);
  await expect(row(own, head)).toContainText('已提交', late);
  await stage.recall(secretary, 40);
  const sync = async () => {
    await own.getByTestId('tab-me').click();
    await own.getByTestId('me-sync').click();
    await own.getByTestId('sync-now').click();
  };
  await sync();
  await own.getByTestId('tab-home').click();
  await expect(own.getByTestId('home-left')).toContainText('任职已经结束', late);
  await expect(own.getByTestId('home-register')).toHaveCount(0);
  await own.getByTestId('tab-begin').click();
  await expect(own.getByTestId('begin-left')).toContainText('不能再记新的走访');
  await expect(own.getByTestId('begin-lesson')).toBeVisible();
  await expect(own.getByTestId('begin-visit')).toHaveCount(0);

  const desk = await settle(office, reviewer, { first: stage, tab: 'review' });
  await desk.goto(`${stage.origin}/#/reading`);
  await desk.getByTestId('reading-open').first().click();
  await desk.getByTestId('return').click();
  await desk.getByTestId('return-reason-too_brief').click();
  await desk.getByTestId('return-text').fill('收入呢');
  await desk.getByTestId('return-send').click();
  await expect(desk.getByTestId('decided')).toContainText('退回');
  await stage.backUp();
  await sync();
  await own.getByTestId('tab-home').click();
  await own.getByTestId('entry-row').first().click();
  await expect(own.getByTestId('entry-title')).toHaveText('名册里没有的农户', late);
  await expect(own.getByTestId('asked-banner')).toContainText('收入呢');
  await expect(own.getByTestId('copy')).toHaveCount(0);
  await own.getByTestId('answer').click();
  await own.getByTestId('answer-text').fill('三千元');
  await own.getByTestId('answer-send').click();
  await expect(own.getByTestId('entry-head')).toHaveAttribute('data-state', 'answered');
  await own.goto(`${stage.origin}/#/issues`);
  await expect(own.getByTestId('issues-none')).toContainText('任职已经结束');
});

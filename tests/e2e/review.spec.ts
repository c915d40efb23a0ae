// The township's week: what waits is read one under the other, confirmed in one go without a network, and a slip is undone;
// a report is received with an opinion.
import { ARRIVES_MS, back, begin, input, logLesson, logVisit, row, save, settle } from './hand.ts';
import { expect, test } from './law.ts';
import { people } from './stage.ts';

const { secretary, reviewer } = people;
const late = { timeout: ARRIVES_MS };
const topics = ['学习精准扶贫政策', '讨论低保名单公示', '安排春耕互助'];

test('a batch is read, ticked and confirmed offline, one of it is undone and returned', async ({ stage, device }) => {
  const [phone, office] = [device('phone'), device('office')];
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  for (const topic of topics) await logLesson(own, topic);
  await logVisit(own, '白玉兰', '老两口身体好，商量养羊');
  for (const topic of topics) await expect(row(own, topic)).toContainText('已提交', late);

  const desk = await settle(office, reviewer, { first: stage, tab: 'review' });
  await expect(desk.getByTestId('queue-total')).toHaveAttribute('data-total', '4', late);
  await office.setOffline(true);
  await desk.getByTestId('queue-order-age').click();
  await expect(desk.getByTestId('by-age').getByTestId('entry-row')).toHaveCount(4);
  await desk.getByTestId('queue-reading').click();
  const entries = desk.getByTestId('reading-entry');
  await expect(entries).toHaveCount(4);
  await expect(desk.getByTestId('reading-confirm')).toBeDisabled();
  await desk.getByTestId('reading-all').click();
  await entries.filter({ hasText: topics[2] }).getByTestId('reading-tick').uncheck();
  await expect(desk.getByTestId('reading-confirm')).toContainText('确认 3 条');
  await desk.getByTestId('reading-confirm').click();
  await expect(desk.getByTestId('said')).toContainText('已确认 3 条');
  await expect(entries).toHaveCount(1);
  await expect(entries).toContainText(topics[2] ?? '');
  await entries.getByTestId('reading-tick').check();
  await desk.getByTestId('reading-confirm').click();
  await expect(desk.getByTestId('reading-none')).toBeVisible();

  // A slip: the second was not to be confirmed.
  await back(desk);
  await desk.getByTestId('queue-quiet').click();
  await desk.locator(`[data-test="village-row"][data-code="${secretary.division}"]`).click();
  await row(desk, topics[1] ?? '').click();
  await expect(desk.getByTestId('entry-head')).toContainText('已确认');
  await desk.getByTestId('review-undo').click();
  await expect(desk.getByTestId('entry-head')).toContainText('已提交');
  await expect(desk.getByTestId('event-undone')).toBeVisible();
  await desk.getByTestId('return').click();
  await desk.getByTestId('return-reason-too_brief').click();
  await desk.getByTestId('return-send').click();
  await expect(desk.getByTestId('entry-head')).toContainText('退回补充');

  await office.setOffline(false);
  for (const topic of [topics[0], topics[2]]) await expect(row(own, topic ?? '')).toContainText('已确认', late);
  await expect(row(own, topics[1] ?? '')).toContainText('退回补充', late);
});

test('a report is received with an opinion of the township, offline, and its author reads it', async ({
  stage,
  device,
}) => {
  const [phone, office] = [device('phone'), device('office')];
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  await begin(own, 'report');
  await own.getByTestId('choice-form-written').click();
  await input(own, 'content').fill('一年来走访、党课、办实事的情况');
  await save(own);
  const desk = await settle(office, reviewer, { first: stage, tab: 'review' });
  await expect(desk.getByTestId('queue-total')).toHaveAttribute('data-total', '1', late);
  await desk.goto(`${stage.origin}/#/review/${secretary.division}`);
  await desk.getByTestId('entry-row').click();
  await office.setOffline(true);
  await expect(desk.getByTestId('confirm')).toContainText('签收');
  await desk.getByTestId('confirm').click();
  const opinion = desk.getByTestId('receipt-opinion');
  await opinion.fill('好'.repeat(501));
  await desk.getByTestId('receipt-send').click();
  await expect(desk.getByTestId('receipt-problem')).toContainText('字数太多');
  await opinion.fill('情况属实，继续抓好落实');
  await desk.getByTestId('receipt-send').click();
  await expect(desk.getByTestId('entry-head')).toContainText('已确认');
  await expect(desk.getByTestId('receipt')).toContainText('继续抓好落实');
  await office.setOffline(false);

  await own.goto(`${stage.origin}/#/entries`);
  await own.getByTestId('entry-row').first().click();
  await expect(own.getByTestId('receipt')).toContainText('情况属实，继续抓好落实', late);
  await expect(own.getByTestId('event-confirmed')).toContainText('继续抓好落实');
});

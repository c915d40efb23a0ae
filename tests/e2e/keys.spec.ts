// A township reviews at a computer without a mouse: the keys do what the buttons say, and none of them does anything while
// somebody writes, but Ctrl+Enter in a sheet, which sends it.
import { ARRIVES_MS, arrived, logLesson, row, settle, signInFirst } from './hand.ts';
import { expect, test } from './law.ts';
import { people } from './stage.ts';

const { secretary, reviewer } = people;
const late = { timeout: ARRIVES_MS };
const topics = ['学习党章', '学习扶贫政策', '安排春耕互助'];

test('what awaits review is read, confirmed, returned and taken back by keys alone', async ({ stage, device }) => {
  const [phone, office] = [device('phone'), device('office')];
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  for (const topic of topics) await logLesson(own, topic);
  for (const topic of topics) await expect(row(own, topic)).toContainText('已提交', late);

  const desk = await office.open({ size: { width: 1280, height: 800 }, mobile: false });
  await signInFirst(desk, reviewer, stage);
  await arrived(desk, 'review');
  await expect(desk.getByTestId('queue-total')).toHaveAttribute('data-total', '3', late);
  const keys = desk.keyboard;
  await expect(desk.getByTestId('review-start').locator('kbd')).toBeVisible();
  await keys.press('Control+Enter');
  const title = desk.getByTestId('entry-title');
  await expect(title).toBeVisible();
  const first = await title.innerText();

  await keys.press('Control+Enter');
  await expect(desk.getByTestId('decided')).toContainText('已确认');
  await keys.press('F8');
  await expect(desk.getByTestId('decided')).toHaveCount(0);
  await keys.press('Control+Enter');
  await expect(desk.getByTestId('decided')).toContainText('已确认');
  await keys.press('Control+Enter');
  await expect(title).not.toHaveText(first);
  const second = await title.innerText();

  await keys.press('F2');
  const text = desk.getByTestId('return-text');
  await expect(text).toBeVisible();
  await text.fill('讲了什么');
  await keys.press('ArrowRight');
  await keys.press('Control+Enter');
  await expect(desk.getByTestId('return-problem')).toBeVisible();
  await expect(text).toHaveValue('讲了什么');
  await desk.getByTestId('return-reason-too_brief').press('Space');
  await text.press('Control+Enter');
  await expect(text).toHaveCount(0);
  await expect(desk.getByTestId('decided')).toContainText('退回');
  await keys.press('F8');
  await expect(desk.getByTestId('decided')).toHaveCount(0);
  await keys.press('F4');
  await expect(desk.getByTestId('question-text')).toBeVisible();
  await keys.press('Control+Enter');
  await expect(desk.getByTestId('question-text')).toBeVisible();
  await keys.press('Escape');
  await expect(text).toHaveCount(0);
  await expect(title).toHaveText(second);
  await keys.press('ArrowRight');
  await expect(title).not.toHaveText(second);
  await desk.goto(`${stage.origin}/#/reading`);
  await expect(desk.getByTestId('reading-entry')).toHaveCount(2);
  await desk.getByTestId('reading-tick').first().press('Space');
  await keys.press('Control+Enter');
  await expect(desk.getByTestId('reading-entry')).toHaveCount(1);
});

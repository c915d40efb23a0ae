// A secretary who is moved while the phone is away: what was written then is put aside, and the township takes it or not.
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

// 投诉建议: written without a network, gone up by itself, answered by the county and read where it was written.
import { ARRIVES_MS, readyForOffline, settle } from './hand.ts';
import { expect, test } from './law.ts';
import { people } from './stage.ts';

const { secretary, county } = people;
const late = { timeout: ARRIVES_MS };

test('feedback is written offline, survives a killed browser, goes up by itself and is answered', async ({
  stage,
  device,
}) => {
  const [phone, desktop] = [device('phone'), device('desktop')];
  let own = await settle(phone, secretary, { first: stage, tab: 'home' });
  await readyForOffline(own);
  await phone.setOffline(true);
  await own.getByTestId('tab-me').click();
  await own.getByTestId('me-feedback').click();
  await expect(own.getByTestId('feedback-send')).toBeDisabled();
  await own.getByTestId('feedback-text').fill('同一张表一个月填了三遍');
  await own.getByTestId('feedback-send').click();
  await expect(own.getByTestId('feedback-waiting')).toContainText('有网络时自动发出');
  await phone.quit();
  own = await phone.open({ offline: true });
  await own.goto(`${stage.origin}/#/me/feedback`);
  await expect(own.getByTestId('feedback-waiting')).toContainText('同一张表一个月填了三遍', late);
  await phone.setOffline(false);
  await expect(own.getByTestId('feedback')).toContainText('同一张表一个月填了三遍', late);
  await expect(own.getByTestId('feedback-waiting')).toHaveCount(0);
  await expect(own.getByTestId('feedback')).toContainText('待答复');

  const seat = await settle(desktop, county, { first: stage, tab: 'desk' });
  await seat.getByTestId('desk-feedback').click();
  await expect(seat.getByTestId('feedback')).toContainText(secretary.name);
  await seat.getByTestId('feedback-answer').click();
  await seat.getByTestId('feedback-answer-text').fill('已请乡镇停止重复填报');
  await seat.getByTestId('feedback-answer-send').click();
  await expect(seat.getByTestId('feedback-reply')).toContainText('已请乡镇停止重复填报');

  await own.getByTestId('back').click();
  await own.getByTestId('me-feedback').click();
  await expect(own.getByTestId('feedback-reply')).toContainText('已请乡镇停止重复填报', late);
});

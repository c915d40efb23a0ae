// 任职: the county writes how a secretary was chosen, transfers them in the middle of a period while their phone is away, and
// names a successor; nothing that was written is lost.
import { ARRIVES_MS, logLesson, row, settle } from './hand.ts';
import { expect, test } from './law.ts';
import { day, people, villages } from './stage.ts';

const { secretary, neighbour, county, administrator } = people;
const late = { timeout: ARRIVES_MS };

test('a secretary is transferred with unsent work, which comes in, and is succeeded', async ({ stage, device }) => {
  const [phone, desktop] = [device('phone'), device('desktop')];
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  await phone.setOffline(true);
  await logLesson(own, '动身那天的一课');

  const desk = await settle(desktop, county, { first: stage, tab: 'desk' });
  await desk.getByTestId('desk-assess').click();
  await desk.getByTestId('assessee').filter({ hasText: secretary.name }).click();
  await desk.getByTestId('assess-tenure').click();
  await expect(desk.getByTestId('selection')).toContainText('方案要求：35周岁以下');
  await desk.getByTestId('selection-write').click();
  await desk.getByTestId('selection-months').fill('６０１');
  await expect(desk.getByTestId('selection-save')).toBeDisabled();
  await desk.getByTestId('selection-months').fill('１８');
  await desk.getByTestId('selection-single-yes').click();
  await desk.getByTestId('selection-unit-organ').click();
  await desk.getByTestId('selection-save').click();
  await expect(desk.getByTestId('selection')).toContainText('18个月');
  await expect(desk.getByTestId('selection')).toContainText('机关');

  await desk.getByTestId('tenure-transfer').click();
  await desk.getByTestId('transfer-village').selectOption(villages.wangju.code);
  await desk.getByTestId('transfer-planned-end').fill(day(-1));
  await desk.getByTestId('transfer-sure').click();
  await expect(desk.getByTestId('deed-problem')).toContainText('日期对不上');
  await desk.getByTestId('transfer-planned-end').fill(day(300));
  await desk.getByTestId('transfer-sure').click();
  await expect(desk.getByTestId('tenure-who')).toHaveAttribute('data-ended', day(-1));
  await expect(desk.getByTestId('tenure-end')).toHaveCount(0);

  await phone.setOffline(false);
  await own.goto(`${stage.origin}/#/entries`);
  await expect(row(own, '动身那天的一课')).toContainText('已提交', late);
  await own.goto(`${stage.origin}/#/me`);
  await expect(own.getByText(villages.wangju.name).first()).toBeVisible(late);

  await desk.getByTestId('tenure-succeed').click();
  await desk.getByTestId('succeed-login').fill('nobody');
  await desk.getByTestId('succeed-planned-end').fill(day(300));
  await desk.getByTestId('succeed-sure').click();
  await expect(desk.getByTestId('deed-problem')).toContainText('没有找到');
  // Who is in another village is freed first.
  await desk.getByTestId('succeed-login').fill(neighbour.login);
  await desk.getByTestId('succeed-sure').click();
  await expect(desk.getByTestId('deed-problem')).toContainText('日期对不上');
  await desk.keyboard.press('Escape');
  const place = await desk.evaluate(() => location.hash);
  await desk.goto(`${stage.origin}/#/desk/assess`);
  await desk.getByTestId('assessee').filter({ hasText: neighbour.name }).click();
  await desk.getByTestId('assess-tenure').click();
  await desk.getByTestId('tenure-end').click();
  await desk.getByTestId('end-last').fill(day(-1));
  await desk.getByTestId('end-reason-reassigned').click();
  await desk.getByTestId('end-sure').click();
  await expect(desk.getByTestId('tenure-who')).toHaveAttribute('data-ended', day(-1));
  await desk.goto(`${stage.origin}/${place}`);
  await desk.getByTestId('tenure-succeed').click();
  await desk.getByTestId('succeed-login').fill(neighbour.login);
  await desk.getByTestId('succeed-planned-end').fill(day(300));
  await desk.getByTestId('succeed-sure').click();
  await expect(desk.getByTestId('tenure-other')).toContainText(neighbour.name);
});

test('an administrator ends a tenure from the screen of its person', async ({ stage, device }) => {
  const desk = await settle(device('desktop'), administrator, { first: stage, tab: 'admin' });
  await desk.getByTestId('admin-search').fill(neighbour.login);
  await expect(desk.getByTestId('person')).toHaveCount(1);
  await desk.getByTestId('person').click();
  await desk.getByTestId('person-to-tenure').click();
  await desk.getByTestId('tenure-end').click();
  await expect(desk.getByTestId('end-sure')).toBeDisabled();
  await desk.getByTestId('end-reason-illness').click();
  await desk.getByTestId('end-sure').click();
  await expect(desk.getByTestId('tenure-who')).toContainText('因病离任');
});

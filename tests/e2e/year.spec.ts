// What is due and the whole year: home tells it without alarm, the year at a glance, and a tap explains any of it, on the
// phone without a network and on the reviewer's.
import { ARRIVES_MS, goHome, logLesson, logVisit, row, settle, goToEntries } from './hand.ts';
import { expect, test } from './law.ts';
import { people } from './stage.ts';

const { secretary, reviewer, county } = people;
const late = { timeout: ARRIVES_MS };
const kinds = ['visit', 'lesson', 'activity', 'summary', 'deed', 'research', 'report'];

test('home and year tell what is due of all seven kinds, and a tap says why', async ({ stage, device }) => {
  const phone = device('phone');
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  await phone.setOffline(true);
  for (const kind of ['visit', 'lesson']) await expect(own.getByTestId(`duty-${kind}`)).toHaveCount(1);
  for (const kind of kinds.slice(2)) await expect(own.getByTestId(`due-${kind}`).last()).toBeVisible();

  await own.getByTestId('home-year').click();
  await expect(own.getByTestId('year-cell').first()).toBeVisible();
  for (const kind of kinds) await expect(own.getByTestId(`figure-${kind}`)).toHaveText(/^(—|\d+\/\d+)$/);
  await expect(own.getByTestId('figure-report')).toHaveText('—');
  const week = own.getByTestId('year-visit').locator('[aria-current]');
  await expect(week).toContainText(/周(可记|不计)/);
  await own.getByTestId('year-deed').getByTestId('year-cell').first().click();
  await expect(own.getByTestId('duty-state')).toContainText('可记');
  await expect(own.getByTestId('duty-why')).toContainText('每个任职年度办成一件实事');
  await expect(own.getByTestId('duty-asks')).toContainText('已办成');
  await own.getByTestId('duty-record').click();
  await expect(own.getByTestId('form-save')).toBeVisible();
  await own.goBack();
  await expect(own.getByTestId('duty-state')).toBeVisible();

  await logVisit(own, '贺满仓', '看了冬小麦');
  await goHome(own);
  await own.getByTestId('home-year').click();
  await expect(week).toContainText('已记');
  await week.click();
  await expect(own.getByTestId('credit')).toHaveAttribute('data-reason', 'counts');
  await own.getByTestId('credit').getByTestId('entry-row').click();
  await expect(own.getByTestId('entry-title')).toContainText('贺满仓');
});

test('the reviewer opens the year of a secretary, and the county reads the same figures', async ({ stage, device }) => {
  const [phone, office, desktop] = [device('phone'), device('office'), device('desktop')];
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  await logLesson(own, '学习党章');
  await goToEntries(own);
  await expect(row(own, '学习党章')).toContainText('已提交', late);
  await goHome(own);
  await own.getByTestId('home-year').click();
  await expect(own.getByTestId('year-cell').first()).toBeVisible();
  const figure = await own.getByTestId('figure-lesson').textContent();
  expect(figure).toMatch(/^1\/\d+$/);

  const desk = await settle(office, reviewer, { first: stage, tab: 'review' });
  await desk.evaluate((place) => (location.hash = place), `/review/${secretary.division}`);
  await desk.getByTestId('village-year').click();
  await expect(desk.getByTestId('figure-lesson')).toHaveText(figure ?? '');
  await expect(desk.getByTestId('year-term')).toContainText(secretary.name);

  const figures = await settle(desktop, county, { first: stage, tab: 'desk' });
  await figures.getByRole('link', { name: '柳沟乡', exact: true }).click();
  const village = figures.locator(`[data-code="${secretary.division}"]`);
  await expect(village.locator('[data-name="党课"]')).toHaveText(figure ?? '');
  for (const name of ['入户调研', '党员活动', '工作小结', '办实事', '调研报告', '向乡镇党委汇报']) {
    await expect(village.locator(`[data-name="${name}"]`)).toHaveText(/^(—|\d+\/\d+)$/);
  }
});

// A number of the roll-up opens what it counts: the county sees whose, when and how far, and nothing that was written; the
// township goes on to the entry itself.
import { ARRIVES_MS, arrived, logVisit, row, settle, signInFirst } from './hand.ts';
import { expect, test } from './law.ts';
import { people } from './stage.ts';
import { head, narrative } from './words.ts';

const { secretary, reviewer, county } = people;
const late = { timeout: ARRIVES_MS };

test('each number of the roll-up leads to its list and back, and a figure on to its periods', async ({
  stage,
  device,
}) => {
  const [phone, office, seat] = [device('phone'), device('office'), device('seat')];
  const log = await settle(phone, secretary, { first: stage, tab: 'home' });
  await logVisit(log, head, narrative);
  await expect(row(log, head)).toContainText('已提交', late);

  const desk = await office.open({ size: { width: 1280, height: 800 }, mobile: false });
  await signInFirst(desk, county, stage);
  await arrived(desk, 'desk');
  const of = (page: typeof desk, code: string) => page.locator(`[data-test="roll-up-row"][data-code="${code}"]`);
  const township = secretary.division.slice(0, 9);
  const counts = of(desk, township).getByTestId('number-awaiting_review');
  await expect(counts).toHaveText('1');
  await counts.click();
  const rows = desk.getByTestId('number-row');
  await expect(rows).toHaveCount(1);
  await expect(rows).toContainText('入户调研');
  await expect(rows).toContainText('张沟村');
  await expect(rows).toContainText('已提交');
  await expect(desk.getByText(narrative)).toHaveCount(0);
  await expect(desk.getByText(head)).toHaveCount(0);
  await expect(rows.getByRole('link')).toHaveCount(0);
  await desk.getByTestId('back').click();

  // Two secretaries are in post; their figures add up to that of the township.
  const figure = (await of(desk, township).getByTestId('number-visit').innerText()).trim();
  await of(desk, township).getByTestId('number-visit').click();
  await expect(rows).toHaveCount(2);
  const theirs = (await rows.locator('b').allInnerTexts()).filter((text) => /^\d+\/\d+/.test(text));
  const sum = (at: number) => theirs.reduce((all, text) => all + Number(text.split('/')[at]), 0);
  expect(`${sum(0)}/${sum(1)}`).toBe(figure);
  const own = rows.filter({ hasText: secretary.name });
  await own.getByRole('link').click();
  await expect(desk.getByTestId('periods-who')).toContainText(secretary.name);
  await expect(rows.filter({ hasText: '已记' })).toHaveCount(1);
  await desk.getByTestId('back').click();
  await expect(rows).toHaveCount(2);
  await desk.getByTestId('back').click();

  for (const number of ['late', 'issues_open', 'issues_ended']) {
    await expect(of(desk, township).getByTestId(`number-${number}`)).toHaveText('0');
    await of(desk, township).getByTestId(`number-${number}`).click();
    await expect(desk.getByTestId('number-none')).toBeVisible();
    await desk.getByTestId('back').click();
  }
  await of(desk, township).getByTestId('number-incumbents').click();
  await expect(own).toHaveCount(1);
  await desk.goBack();
  await of(desk, township).getByTestId('number-poor_villages').click();
  await expect(rows.filter({ hasText: '张沟村' })).toContainText(secretary.name);
  await office.setOffline(true);
  await desk.reload();
  await expect(desk.getByTestId('number-problem')).toContainText('没有连上服务器', late);
  await office.setOffline(false);
  await desk.reload();
  await expect(desk.getByRole('heading').first()).toContainText('柳沟乡', late);

  // The township's phone holds the entry.
  const page = await settle(seat, reviewer, { first: stage, tab: 'review' });
  await expect(page.getByTestId('queue-total')).toHaveAttribute('data-total', '1', late);
  await page.goto(`${stage.origin}/#/number/${township}/awaiting_review/${township}`);
  await page.getByTestId('number-row').getByRole('link').click();
  await expect(page.getByTestId('entry-title')).toContainText(head);
  await page.getByTestId('back').click();
  await expect(page.getByTestId('number-row')).toHaveCount(1);
});

// Leave, as the domain page tells it: from Thursday to Friday of the next week, asked for offline; too long for the township,
// so the county approves it; the full week is out by itself, the other is excused by the township in one tap, and the
// secretary sees why. And the days in the village of a month.
import { ARRIVES_MS, begin, goToEntries, input, row, rows, save, setDay, settle } from './hand.ts';
import { expect, test } from './law.ts';
import { day, people } from './stage.ts';

const { secretary, reviewer, county } = people;
const late = { timeout: ARRIVES_MS };

/** The days, by month and day, in which whole weeks may be holidays. */
const festive = [
  ['01-15', '02-28'],
  ['04-28', '05-08'],
  ['09-28', '10-12'],
];

/** How many days from today the first Thursday is whose week and the next have only ordinary working days. */
function thursday(): number {
  for (let days = 7; ; days++) {
    if (new Date(`${day(days)}T00:00:00Z`).getUTCDay() !== 4) continue;
    const weeks = Array.from({ length: 14 }, (_, at) => day(days - 3 + at).slice(5));
    const isFestive = (date: string) => festive.some(([from = '', to = '']) => from <= date && date <= to);
    if (!weeks.some(isFestive)) return days;
  }
}

/** 2016-W10 of a day. */
function week(date: string): string {
  const at = new Date(`${date}T00:00:00Z`);
  at.setUTCDate(at.getUTCDate() + 4 - (at.getUTCDay() || 7));
  const first = Date.UTC(at.getUTCFullYear(), 0, 1);
  const number = Math.ceil(((at.getTime() - first) / 86_400_000 + 1) / 7);
  return `${at.getUTCFullYear()}-W${String(number).padStart(2, '0')}`;
}

test('a leave too long for the township goes to the county, takes its week out, and the other is excused in a tap', async ({
  stage,
  device,
}) => {
  const [phone, office, desktop] = [device('phone'), device('office'), device('desktop')];
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  const [from, to] = [thursday(), thursday() + 8];
  await phone.setOffline(true);
  await begin(own, 'leave');
  await own.getByTestId('choice-leave_kind-personal').click();
  await setDay(own, 'from', day(to));
  await setDay(own, 'to', day(from));
  await own.getByTestId('form-save').click();
  await expect(own.locator('[data-fault]').first()).toContainText('不能早于开始的那天');
  await own.getByTestId('input-from').fill(day(from));
  await own.getByTestId('input-to').fill(day(to));
  await input(own, 'destination').fill('兰州');
  await input(own, 'grounds').fill('家里老人搬家');
  await save(own);
  await goToEntries(own);
  await expect(rows(own)).toContainText('请假外出');
  await expect(rows(own)).toContainText('等乡镇同意');
  await phone.setOffline(false);

  const desk = await settle(office, reviewer, { first: stage, tab: 'review' });
  await expect(desk.getByTestId('queue-total')).toHaveAttribute('data-total', '1', late);
  await desk.locator(`[data-test="village-row"][data-code="${secretary.division}"]`).click();
  await desk.getByTestId('entry-row').filter({ hasText: '请假外出' }).click();
  await expect(desk.getByTestId('leave-card')).toContainText('共 9 天');
  await expect(desk.getByTestId('leave-card')).toContainText('乡镇同意后由县里批准');
  await expect(desk.getByTestId('confirm')).toContainText('同意，报县里');
  await desk.getByTestId('confirm').click();
  await expect(desk.getByTestId('leave-card')).toHaveAttribute('data-step', 'forwarded');

  const seat = await settle(desktop, county, { first: stage, tab: 'desk' });
  await expect(async () => {
    await seat.goto(`${stage.origin}/#/desk`);
    await seat.getByTestId('desk-leave').click();
    await expect(seat.getByTestId('leave-waiting')).toContainText('家里老人搬家', { timeout: 2_000 });
  }).toPass(late);
  await expect(seat.getByTestId('leave-waiting')).toContainText(`${secretary.name}`);
  await seat.getByTestId('leave-approve').click();
  await expect(seat.getByTestId('leave-other')).toContainText('已批准');

  await rows(own).first().click();
  await expect(own.getByTestId('leave-card')).toHaveAttribute('data-step', 'approved', late);
  await expect(own.getByTestId('leave-card')).toContainText(`${county.name}批准`);
  await own.goto(`${stage.origin}/#/duty/visit/${week(day(to))}`);
  await expect(own.getByTestId('duty-why')).toContainText('请假或因公外出，免计');
  await expect(own.getByTestId('duty-leave')).toContainText(county.name);

  await desk.goto(`${stage.origin}/#/review/${secretary.division}`);
  await desk.getByTestId('village-year').click();
  await expect(desk.getByTestId('year-cell').first()).toBeVisible();
  const tenure = new URL(desk.url()).hash.split('/').at(-1);
  await desk.goto(`${stage.origin}/#/duty/visit/${week(day(from))}/${tenure}`);
  await desk.getByTestId('excuse-once').click();
  await expect(desk.getByTestId('duty-excusal')).toContainText('请假后只剩一两天');
  await own.goto(`${stage.origin}/#/duty/visit/${week(day(from))}`);
  await expect(own.getByTestId('duty-excusal')).toContainText(reviewer.name, late);
  await expect(own.getByTestId('excuse-back')).toHaveCount(0);

  await desk.getByTestId('excuse-back').click();
  await expect(desk.getByTestId('excuse')).toBeVisible();
  await desk.getByTestId('excuse').click();
  await desk.getByTestId('excuse-reason-other').click();
  await desk.getByTestId('excuse-send').click();
  await expect(desk.getByTestId('excuse-problem')).toContainText('请写一句说明');
  await desk.getByTestId('excuse-text').fill('村里防汛值班');
  await desk.getByTestId('excuse-send').click();
  await expect(own.getByTestId('duty-excusal')).toContainText('村里防汛值班', late);
});

test('the days of a month are declared, confirmed, and a short leave ends when its holder reports back', async ({
  stage,
  device,
}) => {
  const [phone, office] = [device('phone'), device('office')];
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  await begin(own, 'presence');
  await own.getByTestId('field-month').locator('[data-test^="choice-month-"]').nth(1).click();
  await input(own, 'days').fill('32');
  await own.getByTestId('form-save').click();
  await expect(own.locator('[data-fault]').first()).toContainText('数字不在范围内');
  await input(own, 'days').fill('21');
  await save(own);
  await begin(own, 'leave');
  await own.getByTestId('choice-leave_kind-sick').click();
  await own.getByTestId('choice-from-0').click();
  await own.getByTestId('choice-to-2').click();
  await save(own);

  const desk = await settle(office, reviewer, { first: stage, tab: 'review' });
  await expect(desk.getByTestId('queue-total')).toHaveAttribute('data-total', '2', late);
  await desk.getByTestId('queue-order-age').click();
  await desk.getByTestId('queue-reading').click();
  await expect(desk.getByTestId('reading-entry')).toHaveCount(2);
  await desk.getByTestId('reading-all').click();
  await desk.getByTestId('reading-confirm').click();

  await goToEntries(own);
  await expect(row(own, '驻村天数')).toContainText('已确认', late);
  await expect(row(own, '请假外出')).toContainText('已批准', late);
  await row(own, '请假外出').click();
  await own.getByTestId('report-back').click();
  await own.getByTestId('report-back-save').click();
  await expect(own.getByTestId('leave-card')).toContainText('已销假');
  await expect(own.getByTestId('leave-card')).toHaveAttribute('data-step', 'approved');
});

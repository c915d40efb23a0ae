// The measures 2 to 8: recorded where they arise, offline too, computed upwards, and each number opens what it was counted from.
import { ARRIVES_MS, back, input, readyForOffline, settle } from './hand.ts';
import { expect, test } from './law.ts';
import { day, people, villages } from './stage.ts';

const { reviewer, deputy, county, city } = people;
const late = { timeout: ARRIVES_MS };
const names = Array.from({ length: 40 }, (_, at) => `学员${at + 1} 张沟村`).join('\n');

test('a training of forty is entered on a phone without a network and is seen in the table of the city', async ({
  stage,
  device,
}) => {
  const [phone, desktop] = [device('phone'), device('desktop')];
  let own = await settle(phone, reviewer, { first: stage, tab: 'review' });
  await readyForOffline(own);
  await phone.setOffline(true);
  await own.getByTestId('tab-review').click();
  await own.getByTestId('queue-programme').click();
  await expect(own.getByTestId('programme-none')).toBeVisible();
  await own.getByTestId('programme-add').click();
  await own.getByTestId('add-session').click();
  await own.getByTestId('choice-programme-practical').click();
  await input(own, 'course').fill('果树修剪');
  await input(own, 'organiser').fill('县农广校');
  await own.getByTestId('choice-from-0').click();
  await own.getByTestId('choice-to-0').click();
  await own.getByTestId('record-save').click();
  await expect(own.getByTestId('field-people')).toHaveAttribute('data-fault', 'missing');
  await input(own, 'attendants').fill(names);
  await expect(own.getByTestId('field-attendants')).toContainText('40 人');
  await expect(own.getByTestId('field-people')).toHaveCount(0);
  // What is typed survives the end of the browser.
  await expect(own.getByTestId('record-drop')).toBeVisible();
  await phone.quit();
  own = await phone.open({ offline: true });
  await own.goto(`${stage.origin}/#/record-form/${reviewer.division}/session`);
  await expect(input(own, 'attendants')).toHaveValue(names, late);
  await input(own, 'from_poor').fill('３０');
  await own.getByTestId('record-save').click();
  await expect(own.getByTestId('said')).toContainText('已存本机');
  await expect(own.getByTestId('record-waiting')).toBeVisible();
  await phone.setOffline(false);
  await expect(own.getByTestId('record-waiting')).toHaveCount(0, late);

  const seat = await settle(desktop, city, { first: stage, tab: 'desk' });
  await seat.getByTestId('desk-progress').click();
  const row = seat.getByTestId('progress-practical');
  await expect(row).toContainText('40');
  await expect(row).toContainText('其中贫困村 30');
  await seat.getByTestId('opens-practical').click();
  await expect(seat.getByTestId('counted-row')).toContainText('果树修剪');
  await expect(seat.getByTestId('counted-row')).toContainText('柳沟乡');
  await back(seat);
  await expect(seat.getByTestId('progress-science_heads')).toContainText('0/1');
});

test('the arrow leads from the measures of a unit back to where they were opened', async ({ stage, device }) => {
  const [phone, desktop] = [device('phone'), device('desktop')];
  const seat = await settle(desktop, city, { first: stage, tab: 'desk' });
  const below = seat.getByTestId('roll-up-row').first().locator('th').getByRole('link');
  const name = (await below.textContent())?.trim() ?? '';
  await below.click();
  await expect(seat.getByRole('heading', { level: 1 })).toHaveText(name, late);
  await seat.getByTestId('desk-progress').click();
  await seat.getByTestId('year-before').click();
  await back(seat);
  await expect(seat.getByRole('heading', { level: 1 })).toHaveText(name, late);

  const own = await settle(phone, reviewer, { first: stage, tab: 'review' });
  await own.goto(`${stage.origin}/#/progress/${reviewer.division}`);
  await own.getByTestId('opens-in_post').click();
  await expect(own.getByTestId('roll-up')).toBeVisible(late);
  await expect(own.getByTestId('desk-leave')).toHaveCount(0);
  await back(own);
  await expect(own.getByTestId('queue-programme')).toBeVisible(late);
});

test('two reviewers amend one record at once and both values stay in sight', async ({ stage, device }) => {
  const [phone, tablet] = [device('phone'), device('tablet')];
  const own = await settle(phone, reviewer, { first: stage, tab: 'review' });
  const other = await settle(tablet, deputy, { first: stage, tab: 'review' });
  await own.goto(`${stage.origin}/#/record-form/${reviewer.division}/leader`);
  await input(own, 'full_name').fill('王木匠');
  await own.getByTestId('choose-place').click();
  await own.getByTestId('place-search').fill('张沟');
  await own.getByTestId(`place-${villages.zhanggou.code}`).click();
  await own.getByTestId('choice-skill-craft').click();
  await own.getByTestId('choice-certified_on-0').click();
  await own.getByTestId('record-save').click();
  await other.goto(`${stage.origin}/#/programme/${reviewer.division}`);
  await expect(other.getByTestId('record-row')).toContainText('王木匠', late);
  for (const page of [own, other]) {
    await page.getByTestId('record-row').click();
    await expect(page.getByTestId('text-place')).toContainText('张沟村');
  }
  await phone.setOffline(true);
  await tablet.setOffline(true);
  for (const [page, name] of [
    [own, '王石匠'],
    [other, '王铁匠'],
  ] as const) {
    await page.getByTestId('record-amend').click();
    await input(page, 'full_name').fill(name);
    await page.getByTestId('record-save').click();
    await expect(page.getByTestId('text-full_name')).toContainText(name);
  }
  await phone.setOffline(false);
  await tablet.setOffline(false);
  await expect(own.getByTestId('other-full_name')).toBeVisible(late);
  await expect(other.getByTestId('other-full_name')).toBeVisible(late);
  await own.getByTestId('restore-full_name').click();
  await expect(own.getByTestId('other-full_name')).toHaveCount(0);
  await expect(other.getByTestId('other-full_name')).toHaveCount(0, late);
  await expect(own.getByTestId('issue-event')).toHaveCount(4);
});

test('a county records at its desk, is told what stands beside it, and takes a slip out', async ({ stage, device }) => {
  const seat = await settle(device('desktop'), county, { first: stage, tab: 'desk' });
  await seat.getByTestId('desk-programme').click();
  await seat.getByTestId('programme-add').click();
  await seat.getByTestId('add-figure').click();
  const figure = async (value: string) => {
    await seat.getByTestId('choice-indicator-labour_transfer').click();
    for (const field of ['first_month', 'last_month'])
      await seat.getByTestId(`field-${field}`).getByRole('button').first().click();
    await input(seat, 'value').fill(value);
    await input(seat, 'source').fill('县人社局季报');
    await seat.getByTestId('record-save').click();
  };
  await figure('520');
  await expect(seat.getByTestId('record-row')).toContainText('520');
  await seat.getByTestId('programme-add').click();
  await seat.getByTestId('add-figure').click();
  await figure('600');
  await expect(seat.getByTestId('field-indicator')).toHaveAttribute('data-fault', 'figure_exists');
  await seat.getByTestId('record-drop').click();
  await expect(seat.getByTestId('record-row')).toHaveCount(1);
  await seat.getByTestId('record-row').click();
  await seat.getByTestId('record-void').click();
  await seat.getByTestId('record-void-text').fill('口径不对');
  await seat.getByTestId('record-void-send').click();
  await expect(seat.getByTestId('record-counts')).toContainText('口径不对');
  await seat.getByTestId('record-restore').click();
  await expect(seat.getByTestId('record-counts')).toHaveCount(0);
  await seat.goto(`${stage.origin}/#/progress/${county.division}`);
  await expect(seat.getByTestId('progress-labour_transfer')).toContainText('520');
  await expect(seat.getByTestId('progress-year')).toContainText(day().slice(0, 4));
  await seat.getByTestId('year-before').click();
  await expect(seat.getByTestId('opens-labour_transfer')).toHaveText('0');
});

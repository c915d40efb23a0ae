// Tables as files: the desk and the township save them, with a name in Chinese, and are told when there is none to be had.
import type { Page } from '@playwright/test';
import { readFileSync } from 'node:fs';
import { ARRIVES_MS, arrived, logVisit, row, settle, signInFirst } from './hand.ts';
import { expect, test } from './law.ts';
import { people } from './stage.ts';
import { head, narrative } from './words.ts';

const { secretary, reviewer, county } = people;
const late = { timeout: ARRIVES_MS };

/** Taps a table and gives the name and the first bytes of what the browser saved. */
async function saved(page: Page, table: string): Promise<{ name: string; begins: string }> {
  const coming = page.waitForEvent('download');
  await page.getByTestId(`export-${table}`).click();
  const file = await coming;
  const bytes = readFileSync(await file.path());
  return { name: file.suggestedFilename(), begins: bytes.subarray(0, 2).toString('latin1') };
}

test('the county saves the figures of its units and of a township, and nothing without a network', async ({
  stage,
  device,
}) => {
  const office = device('office');
  const desk = await office.open({ size: { width: 1280, height: 800 }, mobile: false });
  await signInFirst(desk, county, stage);
  await arrived(desk, 'desk');
  await desk.getByTestId('export').click();
  await expect(desk.getByTestId('export-visits')).toHaveCount(0);
  const rollUp = await saved(desk, 'roll-up');
  expect(rollUp.name).toMatch(/“七个一”完成情况汇总表_\d{4}-\d\d-\d\d\.xlsx$/);
  expect(rollUp.begins).toBe('PK');
  await expect(desk.getByTestId('export-file')).toHaveText(rollUp.name);
  expect((await saved(desk, 'incumbents')).name).toMatch(/第一书记在岗情况表_/);
  await expect(desk.getByTestId('export-monthly')).toHaveCount(0);

  await desk.keyboard.press('Escape');
  await desk.getByRole('link', { name: '柳沟乡', exact: true }).click();
  await expect(desk.getByTestId('roll-up')).toContainText('张沟村');
  await desk.getByTestId('export').click();
  expect((await saved(desk, 'duties')).name).toMatch(/^柳沟乡第一书记“七个一”完成情况统计表_/);
  await office.setOffline(true);
  await desk.getByTestId('export-visits').click();
  await expect(desk.getByTestId('export-problem')).toContainText('没有连上服务器');
  await expect(desk.getByTestId('export-file')).toHaveCount(0);
  await office.setOffline(false);
  expect((await saved(desk, 'visits')).begins).toBe('PK');
  await expect(desk.getByTestId('export-incumbents')).toHaveCount(0);
});

test('the township saves its ledgers of the days it chooses, and days the wrong way round are said', async ({
  stage,
  device,
}) => {
  const [phone, office] = [device('phone'), device('office')];
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  await logVisit(own, head, narrative);
  await expect(row(own, head)).toContainText('已提交', late);
  const page = await settle(office, reviewer, { first: stage, tab: 'review' });
  await page.getByTestId('export').click();
  await page.getByTestId('export-from').fill('2016-05-02');
  await page.getByTestId('export-to').fill('2016-05-01');
  await page.getByTestId('export-visits').click();
  await expect(page.getByTestId('export-problem')).toContainText('开始的日期');
  await page.getByTestId('export-from').fill('2016-05-01');
  const visits = await saved(page, 'visits');
  expect(visits).toEqual({ name: expect.stringMatching(/入户走访台账_.*\.xlsx$/), begins: 'PK' });
  await expect(page.getByTestId('export-problem')).toHaveCount(0);
  expect((await saved(page, 'reports')).name).toMatch(/向乡镇党委汇报登记表_/);
  expect((await saved(page, 'monthly')).name).toMatch(/驻村工作月报表_/);
  await page.getByTestId('export-month').fill('2100-01');
  await page.getByTestId('export-monthly').click();
  await expect(page.getByTestId('export-problem')).toContainText('不能晚于本月');
});

// The register of a village: a table of 300 households with three faulty rows is taken in without a network, mended, undone
// and done again; a household is found by its pinyin, amended, merged and parted; the township verifies what was added by hand.
import type { Page } from '@playwright/test';
import { ARRIVES_MS, beginVisit, goHome, input, logVisit, save, setDay, settle } from './hand.ts';
import { expect, test } from './law.ts';
import { xlsx } from './sheet.ts';
import { day, people } from './stage.ts';

const { secretary, reviewer } = people;
const FILE_BYTES_MAX = 10_000_000;
const late = { timeout: ARRIVES_MS };
const surnames = '赵钱孙李周吴郑王冯陈';
const given = ['德胜', '满仓', '桂兰', '有才', '翠萍', '建国'];
const mimeType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet';

/** 300 households as a township hands them out; the rows 40, 120 and 200 of the table cannot be taken as they are. */
function list(): string[][] {
  const households = Array.from({ length: 300 }, (_, at) => {
    const head = `${surnames[at % 10]}${given[at % 6]}${at < 60 ? '' : '成'}`;
    return [`${1000 + at}`, head, `${1 + (at % 5)}组`, `${1 + (at % 7)}人`, '因病', '未脱贫', `62280119${at}`];
  });
  const row = (line: number) => households[line - 3] ?? [];
  row(40)[1] = '';
  row(120)[5] = '富裕';
  row(200)[0] = '1001';
  const heading = ['户编号', '户主姓名', '村民小组', '家庭人口数', '主要致贫原因', '脱贫状态', '身份证号'];
  return [['张沟村建档立卡贫困户花名册'], heading, ...households];
}

/** A table whose headings stand below so many rows. */
function below(rows: number): string {
  return `${'说明\n'.repeat(rows)}户主姓名\n张三\n`;
}

/** A table of one household that is so large. */
function filled(bytes: number): string {
  const table = '户主姓名,备注\n张三,';
  return table + 'x'.repeat(bytes - Buffer.byteLength(table));
}

async function choose(page: Page, rows: string[][]): Promise<void> {
  await page.getByTestId('import-file').setInputFiles({ name: '花名册.xlsx', mimeType, buffer: xlsx(rows) });
  await expect(page.getByTestId('import-counts')).toBeVisible();
}

async function open(page: Page): Promise<void> {
  await goHome(page);
  await page.getByTestId('home-register').click();
  await expect(page.getByTestId('register-import')).toBeVisible();
}

test('a table of 300 households is taken in, mended, undone and done again, without a network', async ({
  stage,
  device,
}) => {
  test.slow();
  const phone = device('phone');
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  await phone.setOffline(true);
  await open(own);
  const before = await own.getByTestId('household-row').count();
  await own.getByTestId('register-import').click();
  await own
    .getByTestId('import-file')
    .setInputFiles({ name: '别的.csv', mimeType: 'text/csv', buffer: Buffer.from('甲,乙\n1,2\n') });
  await expect(own.getByTestId('import-problem')).toContainText('户主姓名');
  await choose(own, list());
  await expect(own.getByTestId('count-new')).toHaveText('297');
  await expect(own.getByTestId('count-faulty')).toHaveText('3');
  await expect(own.getByTestId('import-left')).toContainText('身份证号');

  const faulty = (line: number) => own.locator(`[data-test="faulty-row"][data-line="${line}"]`);
  await faulty(40).locator('input').last().fill('何长贵');
  await faulty(40).getByTestId('faulty-mend').click();
  await expect(own.getByTestId('count-faulty')).toHaveText('2');
  await expect(faulty(120)).toContainText('富裕');
  await faulty(120).getByTestId('choice-status-poor').click();
  await faulty(120).getByTestId('faulty-mend').click();
  await expect(own.getByTestId('count-faulty')).toHaveText('1');
  await expect(faulty(200)).toContainText('重复');
  await faulty(200).locator('input').last().fill('1197');
  await faulty(200).getByTestId('faulty-mend').click();
  await expect(own.getByTestId('count-new')).toHaveText('300');
  await expect(own.getByTestId('count-faulty')).toHaveText('0');
  await own.getByTestId('import-take').click();
  await expect(own.getByTestId('said')).toContainText('300');
  await expect(own.getByTestId('household-row')).toHaveCount(before + 300);

  await own.getByTestId('import-turn').click();
  await expect(own.getByTestId('household-row')).toHaveCount(before);
  await expect(own.getByTestId('import-card')).toHaveAttribute('data-undone', 'true');
  await own.getByTestId('import-turn').click();
  await expect(own.getByTestId('household-row')).toHaveCount(before + 300);
  // The same table again changes nothing.
  await own.getByTestId('register-import').click();
  const mended = list();
  mended[39] = mended[39]?.with(1, '何长贵') ?? [];
  mended[119] = mended[119]?.with(5, '未脱贫') ?? [];
  mended[199] = mended[199]?.with(0, '1197') ?? [];
  await choose(own, mended);
  await expect(own.getByTestId('count-same')).toHaveText('300');
  await expect(own.getByTestId('import-take')).toBeDisabled();
  await own.getByTestId('back').click();
  await own.getByTestId('register-search').fill('hcg');
  await expect(own.getByTestId('household-row')).toHaveCount(1);
  await expect(own.getByTestId('household-row')).toContainText('何长贵');
  await phone.setOffline(false);
  const desk = await settle(device('office'), reviewer, { first: stage, tab: 'review' });
  await desk.evaluate((place) => (location.hash = place), `/register/${secretary.division}`);
  await expect(desk.getByTestId('household-row')).toHaveCount(before + 300, late);
});

test('a household is amended, merged with its twin and parted, and the township verifies it', async ({
  stage,
  device,
}) => {
  const phone = device('phone');
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  await logVisit(own, '贺满仓', '看了冬小麦，圈舍门坏了');
  await open(own);
  const rows = own.getByTestId('household-row');
  await expect(rows.filter({ hasText: '贺满仓' })).toContainText('待核');
  await own.getByTestId('register-add').click();
  await input(own, 'head').fill('贺满仓');
  await own.getByTestId('household-add-save').click();
  await expect(own.getByTestId('register-twins')).toBeVisible();
  await own.getByTestId('register-twin').click();
  const here = own.url();
  await own.getByTestId('merge').click();
  await own.getByRole('dialog').locator('[data-test^="merge-"]').first().click();
  await expect(own.getByTestId('merged-into')).toBeVisible();
  await own.getByTestId('part').click();
  await expect(own.getByTestId('merged-into')).toHaveCount(0);

  await own.getByTestId('household-amend').click();
  await own.getByTestId('choice-status-lifted').click();
  await input(own, 'helper').fill('孙建国');
  await own.getByTestId('back').click();
  await own.getByTestId('household-amend').click();
  await expect(input(own, 'helper')).toHaveValue('孙建国');
  await own.getByTestId('household-save').click();
  await expect(own.getByTestId('value-helper')).toContainText('孙建国');
  await expect(own.getByTestId('timeline-changed').first()).toContainText('已脱贫');
  await expect(own.getByTestId('timeline-added')).toBeVisible();

  const desk = await settle(device('office'), reviewer, { first: stage, tab: 'review' });
  await desk.evaluate((place) => (location.hash = place), here.slice(here.indexOf('#') + 1));
  await expect(desk.getByTestId('value-helper')).toContainText('孙建国', late);
  await desk.getByTestId('verify').click();
  await expect(desk.getByTestId('verify')).toHaveCount(0);
  await expect(desk.getByTestId('value-standing')).toContainText('在册');
  await expect(own.getByTestId('value-standing')).toContainText('在册', late);
});

test('a table is taken up to ten megabytes, with its headings in one of the first twelve rows', async ({
  stage,
  device,
}) => {
  const own = await settle(device('phone'), secretary, { first: stage, tab: 'home' });
  await open(own);
  await own.getByTestId('register-import').click();
  const problem = own.getByTestId('import-problem');
  const choice = (text: string) =>
    own.getByTestId('import-file').setInputFiles({ name: '名单.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });
  await choice(below(12));
  await expect(problem).toContainText('户主姓名');
  await choice(below(11));
  await expect(own.getByTestId('count-new')).toHaveText('1');
  await choice(filled(FILE_BYTES_MAX + 1));
  await expect(problem).toContainText('太大');
  await choice(filled(FILE_BYTES_MAX));
  await expect(own.getByTestId('count-new')).toHaveText('1');
  await expect(problem).toHaveCount(0);
});

test('who was visited ninety days ago was visited, the day before is long ago', async ({ stage, device }) => {
  const own = await settle(device('phone'), secretary, { first: stage, tab: 'home' });
  for (const [head, days] of [
    ['贺满仓', -90],
    ['贺存粮', -91],
  ] as const) {
    await beginVisit(own, head);
    await setDay(own, 'occurred_on', day(days));
    await own.getByTestId('choice-mode-home').click();
    await own.getByTestId('checks-all-normal').click();
    await input(own, 'narrative').fill('说了羊圈');
    await save(own);
  }
  await open(own);
  await own.getByTestId('register-filter-long_ago').click();
  await expect(own.getByTestId('household-row').filter({ hasText: '贺存粮' })).toBeVisible();
  await expect(own.getByTestId('household-row').filter({ hasText: '贺满仓' })).toHaveCount(0);
});

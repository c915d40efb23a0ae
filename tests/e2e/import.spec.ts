// 导入: an administrator imports files in the browser. What is wrong is said line by line, what would change is seen before it
// is written, a newcomer signs in with what was handed out, and what was imported can be undone as long as nobody used it.
import type { Page } from '@playwright/test';
import { ARRIVES_MS, arrived, password, settle, signIn } from './hand.ts';
import { expect, test } from './law.ts';
import { day, people, villages } from './stage.ts';

const { administrator, secretary, county } = people;
const late = { timeout: ARRIVES_MS };
const newcomer = { login: 'qian.duo', name: '钱多', role: '第一书记', division: villages.wangju.code };

const titles = ['姓名', '登录名', '角色', '区划代码', '到岗日期', '计划期满'];

async function choose(page: Page, kind: string, name: string, text: string | Buffer): Promise<void> {
  await page.getByTestId(`import-kind-${kind}`).click();
  const buffer = typeof text === 'string' ? Buffer.from(text) : text;
  await page.getByTestId('import-file').setInputFiles({ name, mimeType: 'text/plain', buffer });
}

const table = (rows: string[][]) => rows.map((row) => `${row.join(',')}\n`).join('');

const row = ({ name, login, role, division }: typeof newcomer, last = day(300)) => [
  name,
  login,
  role,
  division,
  day(-1),
  last,
];

test('a roster with a faulty line is mended, seen, written, and its newcomer signs in', async ({ stage, device }) => {
  const [desktop, phone] = [device('desktop'), device('phone')];
  const desk = await settle(desktop, administrator, { first: stage, tab: 'admin' });
  await desk.getByTestId('admin-imports').click();
  await expect(desk.getByTestId('imported')).toHaveCount(2);
  const coming = desk.waitForEvent('download');
  await desk.getByTestId('import-template').click();
  expect((await coming).suggestedFilename()).toBe('花名册.csv');

  const faulty = { ...newcomer, role: '村长' };
  await choose(desk, 'roster', '新来的.csv', table([titles, row(faulty), row(newcomer, '明年')]));
  await expect(desk.getByTestId('import-mistake')).toHaveCount(2);
  await expect(desk.getByTestId('import-mistake').first()).toContainText('第 2 行“角色”');
  await expect(desk.getByTestId('import-mistake').first()).toContainText('“村长”不是角色');
  await expect(desk.getByTestId('import-mistake').last()).toContainText('第 3 行“计划期满”');
  await expect(desk.getByTestId('import-apply')).toHaveCount(0);

  // As a Chinese spreadsheet saves it, in GB 18030.
  const [, ...cells] = row({ ...newcomer, role: 'first_secretary' });
  const lines = table([
    ['name', 'login', 'role', 'division', 'arrived', 'planned_end'],
    ['', ...cells],
  ]);
  const [heads = '', line = ''] = lines.split('\n');
  const gb = Buffer.concat([Buffer.from(`${heads}\n`), Buffer.from('c7aeb6e0', 'hex'), Buffer.from(`${line}\n`)]);
  await choose(desk, 'roster', '新来的.csv', gb);
  await expect(desk.getByTestId('change-added')).toHaveCount(1);
  await expect(desk.getByTestId('change-added')).toContainText(`钱多 ${newcomer.login} 第一书记 王咀村`);
  await expect(desk.getByTestId('count-added')).toHaveText('1');
  await expect(desk.getByTestId('imported')).toHaveCount(2);

  // The reply is lost: whoever writes it once more has passwords in hand that open.
  desktop.lineWillBeDead();
  let lost = '';
  await desk.context().route('**/apply?*', async (route) => {
    lost = await (await route.fetch()).text();
    await route.abort('internetdisconnected');
  });
  await desk.getByTestId('import-apply').click();
  await expect(desk.getByTestId('import-problem')).toContainText('请再点一次');
  expect(lost).toContain('first_password');
  await desk.context().unroute('**/apply?*');
  await desk.getByTestId('import-apply').click();
  await expect(desk.getByTestId('import-password')).toHaveCount(1);
  const first = (await desk.getByTestId('import-password').locator('code').last().textContent()) ?? '';
  expect(lost).not.toContain(first);
  const handed = desk.waitForEvent('download');
  await desk.getByTestId('passwords-save').click();
  expect((await handed).suggestedFilename()).toBe('初始密码.csv');
  await expect(desk.getByTestId('imported')).toHaveCount(3);

  const own = await phone.open();
  await signIn(own, newcomer, first);
  await own.getByTestId('password-new').fill(password);
  await own.getByTestId('password-again').fill(password);
  await own.getByTestId('password-submit').click();
  await arrived(own, 'home');
  await own.getByTestId('tab-me').click();
  await expect(own.getByText(villages.wangju.name).first()).toBeVisible(late);

  // Who has signed in is not taken back.
  await desk.getByTestId('imported-undo').first().click();
  await desk.getByTestId('undo-sure').click();
  await expect(desk.getByTestId('undo-hindrance').first()).toContainText('钱多后来登录过');
  await desk.getByTestId('undo-close').click();
  await expect(desk.getByTestId('imported').first()).toHaveAttribute('data-undone', 'false');
});

test('a roster that nobody has used is undone, and rows of who administers it are refused', async ({
  stage,
  device,
}) => {
  const desk = await settle(device('desktop'), administrator, { first: stage, tab: 'admin' });
  await desk.getByTestId('admin-imports').click();
  const own = { ...administrator, role: '县委组织部', division: '629901' };
  await choose(desk, 'roster', '一.csv', table([titles, [own.name, own.login, own.role, own.division, day(-1), '']]));
  await expect(desk.getByTestId('import-mistake')).toContainText('您自己的账号');
  const moved = { ...secretary, name: '孙建业' };
  const rows = [
    [newcomer.name, newcomer.login, newcomer.role, newcomer.division, day(-1), day(300)],
    [moved.name, moved.login, moved.role, moved.division, day(-120), day(420)],
  ];
  await choose(desk, 'roster', '二.csv', table([titles, ...rows]));
  await expect(desk.getByTestId('change-changed')).toContainText('注意，改名：孙建国 → 孙建业');
  await desk.getByTestId('import-apply').click();
  await expect(desk.getByTestId('import-done')).toContainText('新增 1，更改 1');
  await desk.getByTestId('imported-undo').first().click();
  await desk.getByTestId('undo-sure').click();
  await expect(desk.getByTestId('imported').first()).toHaveAttribute('data-undone', 'true');
  await desk.goto(`${stage.origin}/#/admin`);
  await desk.getByTestId('admin-search').fill(secretary.name);
  await expect(desk.getByTestId('person')).toHaveCount(1);
  await desk.getByTestId('admin-search').fill(newcomer.login);
  await expect(desk.getByTestId('admin-none')).toBeVisible();
});

test('poor villages, the calendar and a policy are imported and undone', async ({ stage, device }) => {
  const desk = await settle(device('desktop'), administrator, { first: stage, tab: 'admin' });
  await desk.getByTestId('admin-imports').click();
  const poor = table([
    ['区划代码', '认定日期', '退出日期'],
    [villages.zhaoping.code, '2016-01-01', ''],
    [villages.liyuan.code, '2015-01-01', '2016-12-31'],
  ]);
  const twice: [kind: string, name: string, text: string, shown: string][] = [
    ['poor_villages', '贫困村.csv', poor, '赵坪村'],
    ['calendar', '节假日.json', '{"holidays": ["2027-01-01", "2027-02-08"], "workdays": ["2027-02-06"]}', '2 天放假'],
    ['policy', '口径.json', '{"version": 2, "valid_from": "2016-01-01", "month_days_min": 5}', '3 → 5'],
  ];
  for (const [kind, name, text, shown] of twice) {
    await choose(desk, kind, name, text);
    await expect(desk.getByTestId('change-added').first()).toContainText(shown);
    await desk.getByTestId('import-apply').click();
    await expect(desk.getByTestId('import-done')).toBeVisible();
    await choose(desk, kind, name, text);
    await expect(desk.getByTestId('import-nothing')).toBeVisible();
    await expect(desk.getByTestId('import-apply')).toHaveCount(0);
    await desk.getByTestId('imported-undo').first().click();
    await desk.getByTestId('undo-sure').click();
    await expect(desk.getByTestId('imported').first()).toHaveAttribute('data-undone', 'true');
    if (kind === 'policy') continue;
    await choose(desk, kind, name, text);
    await expect(desk.getByTestId('change-added').first()).toContainText(shown);
  }
  await choose(desk, 'calendar', '节假日.json', '{"holidays": ["2027-02-08"], "workdays": []}');
  await expect(desk.getByTestId('import-mistake')).toContainText('2027 年没有元旦');
  await choose(desk, 'policy', '口径.json', '{"version": 9, "valid_from": "2016-01-01", "colour": 5}');
  await expect(desk.getByTestId('import-mistake')).toContainText('没有“colour”这一项');

  const other = await settle(device('office'), county, { first: stage, tab: 'desk' });
  await other.goto(`${stage.origin}/#/admin/imports`);
  await expect(other.getByTestId('imported-problem')).toContainText('不在您的管理范围内');
});

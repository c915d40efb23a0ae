// 账号管理 and 审计: an administrator finds somebody, locks and unlocks the account, gives a new first password and shuts out a device;
// what was written on the phone meanwhile is not lost; an auditor finds what was done.
import { ARRIVES_MS, logLesson, password, row, settle, signIn } from './hand.ts';
import { expect, test } from './law.ts';
import { people } from './stage.ts';

const { secretary, administrator, auditor, city } = people;
const late = { timeout: ARRIVES_MS };

test('an account is locked and unlocked, and what was written meanwhile goes up', async ({ stage, device }) => {
  const [phone, desktop] = [device('phone'), device('desktop')];
  const own = await settle(phone, secretary, { first: stage, tab: 'home' });
  const desk = await settle(desktop, administrator, { first: stage, tab: 'admin' });
  await expect(desk.getByTestId('tab-desk')).toHaveCount(0);
  await expect(desk.getByTestId('person')).toHaveCount(8);
  await desk.getByTestId('admin-search').fill('没有这个人');
  await expect(desk.getByTestId('admin-none')).toBeVisible();
  await desk.getByTestId('admin-search').fill('张沟');
  await expect(desk.getByTestId('person')).toHaveCount(1);
  await desk.getByTestId('person').click();
  await expect(desk.getByTestId('person-tenure')).toContainText('第一书记 张沟村');
  await expect(desk.getByTestId('account-state')).toHaveText('账号正常。');

  await desk.getByTestId('person-lock').click();
  await desk.getByTestId('person-lock-sure').click();
  await expect(desk.getByTestId('account')).toHaveAttribute('data-locked', 'true');
  await logLesson(own, '停用期间写的一课');
  await own.goto(`${stage.origin}/#/me/sync`);
  await expect(own.getByTestId('sync-sign-in')).toBeVisible(late);
  await desk.getByTestId('person-unlock').click();
  await expect(desk.getByTestId('account')).toHaveAttribute('data-locked', 'false');
  await own.getByTestId('sync-sign-in').click();
  await signIn(own, secretary, password);
  await own.goto(`${stage.origin}/#/entries`);
  await expect(row(own, '停用期间写的一课')).toContainText('已提交', late);

  await desktop.setOffline(true);
  await desk.getByTestId('person-reset').click();
  await desk.getByTestId('person-reset-sure').click();
  await expect(desk.getByTestId('person-reset-problem')).toContainText('没有连上服务器');
  await desktop.setOffline(false);
  await desk.getByTestId('person-reset-sure').click();
  const first = (await desk.getByTestId('first-password').textContent()) ?? '';
  expect(first).toMatch(/^[a-z2-9]{4}-[a-z2-9]{4}-[a-z2-9]{4}$/);
  await desk.getByTestId('person-reset-done').click();
  await expect(desk.getByTestId('account-state')).toContainText('还没有改初始密码');

  const tablet = await device('tablet').open();
  await signIn(tablet, secretary, first);
  await expect(tablet.getByTestId('password-new')).toBeVisible(late);
  await desk.reload();
  await expect(desk.getByTestId('device')).toHaveCount(2, late);
  await desk.getByTestId('device').first().getByTestId('device-revoke').click();
  await desk.getByTestId('device-revoke-sure').click();
  await expect(desk.getByTestId('device').filter({ hasText: '已停用' })).toHaveCount(1);
});

test('an administrator acts neither on themselves nor is let near a desk', async ({ stage, device }) => {
  const desk = await settle(device('desktop'), administrator, { first: stage, tab: 'admin' });
  await desk.getByTestId('admin-search').fill(administrator.login);
  await expect(desk.getByTestId('person')).toHaveCount(1);
  await desk.getByTestId('person').click();
  await expect(desk.getByTestId('person-above')).toContainText('您自己的账号');
  await expect(desk.getByTestId('person-lock')).toHaveCount(0);
  await expect(desk.getByTestId('person-reset')).toHaveCount(0);
  await desk.goto(`${stage.origin}/#/admin`);
  await desk.getByTestId('admin-search').fill(city.name);
  await expect(desk.getByTestId('person')).toHaveCount(1);
  await desk.getByTestId('person').click();
  await expect(desk.getByTestId('person-lock')).toBeVisible();
  await desk.goto(`${stage.origin}/#/desk`);
  await expect(desk.getByTestId('desk-problem')).toBeVisible();
});

test('an auditor searches the log, sees that its chain holds, and exports what was found', async ({
  stage,
  device,
}) => {
  const [office, seat] = [device('office'), device('desktop')];
  const admin = await settle(office, administrator, { first: stage, tab: 'admin' });
  await admin.getByTestId('admin-search').fill(secretary.login);
  await expect(admin.getByTestId('person')).toHaveCount(1);
  await admin.getByTestId('person').click();
  await admin.getByTestId('person-lock').click();
  await admin.getByTestId('person-lock-sure').click();
  await expect(admin.getByTestId('account')).toHaveAttribute('data-locked', 'true');
  await expect(admin.getByTestId('tab-audit')).toHaveCount(0);

  const log = await settle(seat, auditor, { first: stage, tab: 'audit' });
  await expect(log.getByTestId('tab-admin')).toHaveCount(0);
  await expect(log.getByTestId('audit-chain')).toContainText('校验通过');
  await log.getByTestId('audit-from').fill('2016-05-02');
  await log.getByTestId('audit-to').fill('2016-05-01');
  await log.getByTestId('audit-search').click();
  await expect(log.getByTestId('audit-disordered')).toBeVisible();
  await log.getByTestId('audit-from').fill('');
  await log.getByTestId('audit-to').fill('');
  await log.getByTestId('audit-subject').fill(secretary.name);
  await log.getByTestId('audit-action').selectOption('account.locked');
  await log.getByTestId('audit-search').click();
  await expect(log.getByTestId('deed')).toHaveCount(1);
  await expect(log.getByTestId('deed')).toContainText(administrator.name);
  await expect(log.getByTestId('deed')).toContainText('停用账号');
  await seat.setOffline(true);
  await log.getByTestId('audit-export').click();
  await expect(log.getByTestId('export-problem')).toContainText('没有连上服务器');
  await seat.setOffline(false);
  const coming = log.waitForEvent('download');
  await log.getByTestId('audit-export').click();
  expect((await coming).suggestedFilename()).toMatch(/^陇原市审计日志_.*\.xlsx$/);
  await log.getByTestId('audit-subject').fill('');
  await log.getByTestId('audit-action').selectOption('audit.exported');
  await log.getByTestId('audit-search').click();
  await expect(log.getByTestId('deed')).toContainText(auditor.name);
});

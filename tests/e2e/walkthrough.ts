// Lives through a day on the demonstration and draws every screen into docs/walkthrough, in the order of an entry's life:
// logged without a network, uploaded, returned, amended, confirmed, amended again, written on two phones at once.
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { Device, type Size } from './device.ts';
import {
  amend,
  arrived,
  ARRIVES_MS,
  back,
  goHome,
  goToEntries,
  input,
  openEntry,
  password,
  readyForOffline,
  row,
  save,
  signIn,
  signOutKeeping,
} from './hand.ts';
import { expect, test } from './law.ts';
import { small } from './picture.ts';
import { Stage, type Person } from './stage.ts';

const folder = fileURLToPath(new URL('../../docs/walkthrough', import.meta.url));
const handed = 'Zhucun-2015';
const late = { timeout: ARRIVES_MS };
const added = '贺满仓';
const topic = '学习党章，做合格党员';
const account =
  '上午到家里，户主在家。今年种苹果树十二亩，挂果不错；孙子在镇上初中，学费有补助。自来水一入冬就冻，要到沟里挑水，' +
  '已经记下来报镇上水管站。';

/** Somebody of the demonstration; the screens say who that is. */
function demo(login: string): Person {
  return { login, name: '', role: '', division: '' };
}

/** Draws the screen as it stands. */
async function draw(page: Page, name: string): Promise<void> {
  await page.mouse.move(0, 0); // no row looks touched
  await page.evaluate(async () => {
    await document.fonts.ready;
    await Promise.all(document.getAnimations().map((animation) => animation.finished));
  });
  await writeFile(`${folder}/${name}.png`, small(await page.screenshot({ caret: 'hide' })));
}

async function go(page: Page, place: string, part: string): Promise<void> {
  await page.evaluate((hash) => (location.hash = hash), place);
  await expect(page.getByTestId(part).first()).toBeVisible();
  await page.evaluate(() => window.scrollTo(0, 0));
}

/** Waits until what was typed is on the disk. */
async function kept(page: Page): Promise<void> {
  await expect(page.getByTestId('draft-state')).toHaveAttribute('data-state', 'kept');
}

/** Waits until the sentence about what was just done has gone. */
async function unsaid(page: Page): Promise<void> {
  await expect(page.getByTestId('said')).toHaveCount(0, { timeout: 15_000 });
}

async function toMiddle(page: Page, part: string): Promise<void> {
  await page.getByTestId(part).evaluate((element) => element.scrollIntoView({ block: 'center' }));
}

/** Opens a sheet, draws it, and leaves it again. */
async function drawSheet(page: Page, opener: string, name: string): Promise<void> {
  await page.getByTestId(opener).click();
  await expect(page.getByRole('dialog')).toBeVisible();
  await draw(page, name);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

test('a day', async () => {
  await mkdir(folder, { recursive: true });
  const stage = await Stage.demonstration();
  const device = (name: string) => new Device(stage.folder, name, stage.origin);
  const enter = async (name: string, person: Person, tab: 'home' | 'review' | 'desk', size?: Size) => {
    const opened = device(name);
    const page = await opened.open(size === undefined ? {} : { size, mobile: false });
    await signIn(page, person, handed);
    await arrived(page, tab);
    return { device: opened, page };
  };

  const secretary = demo('demo-secretary');
  await stage.resetPassword(secretary);
  const phone = device('phone');
  const own = await phone.open();
  await own.getByTestId('login').fill(secretary.login);
  await own.getByTestId('password').fill(stage.firstPassword(secretary));
  await draw(own, '01-sign-in');
  await own.getByTestId('sign-in').click();
  await expect(own.getByTestId('password-new')).toBeVisible();
  await own.getByTestId('password-new').fill(password);
  await own.getByTestId('password-again').fill(password);
  await draw(own, '02-first-password');
  await own.getByTestId('password-submit').click();
  await arrived(own, 'home');
  await readyForOffline(own);
  await goHome(own);
  await draw(own, '03-home');

  await phone.setOffline(true);
  await own.getByTestId('record-visit').click();
  await expect(own.getByTestId('household-suggested').first()).toBeVisible();
  await draw(own, '04-visit');
  await own.getByTestId('household-suggested').first().click();
  await drawSheet(own, 'household-pick', '05-households');
  await own.getByTestId('household-pick').click();
  await own.getByTestId('household-search').fill(added);
  await own.getByTestId('household-add').click();
  await input(own, 'group').fill('三组');
  await input(own, 'members').fill('4');
  await draw(own, '06-household-added');
  await own.getByTestId('household-add-save').click();
  await own.getByTestId('household-done').click();
  await own.getByTestId('choice-mode-home').click();
  await own.getByTestId('choice-met-head').click();
  await own.getByTestId('checks-all-normal').click();
  await own.getByTestId('choice-check_water-problem').click();
  await kept(own);
  await toMiddle(own, 'field-check_education');
  await draw(own, '07-checks');
  await input(own, 'narrative').fill(account);
  await kept(own);
  await toMiddle(own, 'field-narrative');
  await draw(own, '08-account');
  await save(own);
  await expect(row(own, added)).toContainText('已存本机');
  await draw(own, '09-saved');

  await go(own, '/form/lesson', 'form-save');
  await own.getByTestId('form-save').click();
  await expect(own.locator('[data-fault]').first()).toBeVisible();
  await draw(own, '10-what-is-missing');
  await input(own, 'topic').fill(topic);
  await own.getByTestId('choice-lecturer-self').click();
  await own.getByTestId('choice-form-lecture').click();
  await input(own, 'expected').fill('21');
  await input(own, 'present').fill('18');
  await input(own, 'main_points').fill('逐条学习党章总纲，结合村里修路和苹果园说党员怎样带头。');
  await kept(own);
  await draw(own, '11-lesson');
  await save(own);
  await go(own, '/', 'sync');
  await toMiddle(own, 'sync');
  await draw(own, '12-home-offline');
  await go(own, '/me/sync', 'sync');
  await draw(own, '13-sync');
  await phone.setOffline(false);
  await goToEntries(own);
  await expect(row(own, topic)).toContainText('已提交', late);

  const office = await enter('office', demo('demo-reviewer'), 'review');
  const desk = office.page;
  const { code = '', list = '' } = await desk.evaluate(() => {
    const first = document.querySelector<HTMLElement>('[data-test="village-row"]');
    return { code: first?.dataset['code'], list: first?.innerText };
  });
  expect(list).toContain('第一书记');
  await draw(desk, '14-queue');
  await go(desk, `/review/${code}`, 'entry-row');
  await draw(desk, '15-village');
  await office.device.setOffline(true);
  await desk.getByTestId('entry-row').filter({ hasText: added }).click();
  await expect(desk.getByTestId('entry-title')).toContainText(added);
  await draw(desk, '16-reading');
  await desk.getByTestId('remark-on-narrative').click();
  await desk.getByTestId('remark-text').fill('水管站怎么答复的，请补一句。');
  await draw(desk, '17-comment');
  await desk.getByTestId('remark-done').click();
  await desk.getByTestId('return').click();
  await desk.getByTestId('return-reason-too_brief').click();
  await desk.getByTestId('return-text').fill('情况清楚，饮水问题请写上下一步。');
  await draw(desk, '18-return');
  await desk.getByTestId('return-send').click();
  await expect(desk.getByTestId('entry-head')).toContainText('退回补充');
  await desk.evaluate(() => window.scrollTo(0, 0));
  await draw(desk, '19-returned');
  await office.device.setOffline(false);

  await goHome(own);
  const returned = own.getByTestId('home-asked').getByTestId('entry-row').filter({ hasText: added });
  await expect(returned).toBeVisible(late);
  await own.evaluate(() => window.scrollTo(0, 0));
  await draw(own, '20-home-returned');
  await returned.click();
  await expect(own.getByTestId('asked-banner')).toBeVisible();
  await draw(own, '21-what-is-asked');
  await drawSheet(own, 'answer', '22-answer');
  await own.getByTestId('amend').click();
  await input(own, 'narrative').fill(`${account}\n水管站答复：本周六派人来换一段管。`);
  await toMiddle(own, 'field-narrative');
  await draw(own, '23-amend');
  await own.getByTestId('amend-save').click();
  await expect(own.getByTestId('entry-head')).toContainText('已回复');

  await expect(desk.getByTestId('text-narrative')).toContainText('水管站答复', late);
  await desk.getByTestId('confirm').click();
  await expect(own.getByTestId('entry-head')).toContainText('已确认', late);
  await unsaid(own);
  await own.evaluate(() => window.scrollTo(0, 0));
  await draw(own, '24-confirmed');
  await amend(own, { changes: '周六换了管，当天通水。' });
  await expect(own.getByTestId('entry-head')).toContainText('审核后有修改');
  await toMiddle(own, 'history');
  await draw(own, '25-amended-after-review');

  const tablet = device('tablet');
  const other = await tablet.open();
  await signIn(other, secretary, password);
  await arrived(other, 'home');
  await phone.setOffline(true);
  await amend(own, { plan: '下周再去看水压。' });
  await openEntry(other, added);
  await amend(other, { plan: '和水管站一起看三组的井。' });
  await phone.setOffline(false);
  await expect(own.getByTestId('other-plan')).toBeVisible(late);
  await toMiddle(own, 'other-plan');
  await draw(own, '26-two-values');
  await tablet.close();
  await back(own);
  await openEntry(own, topic);
  await drawSheet(own, 'withdraw', '27-withdraw');
  await back(own);
  await goHome(own);
  await own.getByTestId('record-lesson').click();
  await input(own, 'topic').fill('讲一讲产业扶贫政策');
  await kept(own);
  await go(own, '/entries', 'drafts');
  await unsaid(own);
  await draw(own, '28-entries');

  await go(own, '/begin', 'begin-report');
  await draw(own, '40-kinds');
  await go(own, '/form/deed', 'form-save');
  await draw(own, '41-deed');
  await go(own, '/form/summary', 'facts-visit');
  await toMiddle(own, 'facts-visit');
  await draw(own, '42-summary');
  await go(own, '/form/leave', 'form-save');
  await draw(own, '43-leave');
  await go(own, '/year', 'year-cell');
  await draw(own, '44-year');
  await own.getByTestId('year-visit').locator('[aria-current]').click();
  await expect(own.getByTestId('credit').first()).toBeVisible();
  await draw(own, '45-week');
  await go(own, '/issues', 'issue-row');
  await draw(own, '46-issues');
  await own.getByTestId('issue-row').first().click();
  await expect(own.getByTestId('issue-event').first()).toBeVisible();
  await draw(own, '47-issue');
  await go(own, `/register/${code}`, 'household-row');
  await draw(own, '48-register');
  await own.getByTestId('household-row').first().click();
  await expect(own.getByTestId('timeline')).toBeVisible();
  await draw(own, '49-household');

  await go(own, '/me', 'sign-out');
  await draw(own, '29-me');
  await own.getByTestId('elder').click();
  await draw(own, '37-elder-me');
  await go(own, '/', 'greeting');
  await draw(own, '38-elder-home');
  await go(own, '/form/visit', 'form-save');
  await draw(own, '39-elder-visit');
  await go(own, '/me', 'elder');
  await own.getByTestId('elder').click();
  await go(own, '/me/devices', 'device');
  await draw(own, '30-devices');
  await go(own, '/me/password', 'password-old');
  await draw(own, '31-password');
  await go(own, '/me/letters', 'back');
  await draw(own, '32-letters');
  await go(own, '/me', 'sign-out');
  await drawSheet(own, 'sign-out', '33-sign-out');
  await signOutKeeping(own);

  const county = await enter('county', demo('demo-county'), 'desk');
  await expect(county.page.getByTestId('roll-up')).toBeVisible();
  await draw(county.page, '34-county');
  const of = (division: string) => county.page.locator(`[data-test="roll-up-row"][data-code="${division}"]`);
  await of(code.slice(0, 9)).locator('th').getByRole('link').click();
  await expect(of(code)).toBeVisible();
  await draw(county.page, '35-township');
  await go(county.page, `/number/${code.slice(0, 9)}/visit/${code.slice(0, 9)}`, 'number-row');
  await draw(county.page, '50-number');
  await county.page.getByTestId('number-row').getByRole('link').first().click();
  await expect(county.page.getByTestId('periods-who')).toBeVisible();
  await draw(county.page, '51-periods');
  await go(county.page, '/desk/assess', 'assessee');
  await county.page.getByTestId('assessee').first().click();
  await expect(county.page.getByTestId('assessment-term_end')).toBeVisible();
  await draw(county.page, '52-assessment');
  const city = await enter('city', demo('demo-city'), 'desk', { width: 1280, height: 720 });
  await expect(city.page.getByTestId('roll-up')).toBeVisible();
  await draw(city.page, '36-city-computer');

  await Promise.all([phone, office.device, county.device, city.device].map((each) => each.close()));
  await stage.close();
});

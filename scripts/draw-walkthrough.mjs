// Draws docs/walkthrough from a running demonstration, by living through it: a secretary writes without a network, the
// reviewer returns and confirms, the county looks. Run by hand, on a fresh one, when a screen has changed:
// `zhucun --data <new folder> demo --within 621026101 --pwa web-pwa/dist`, then `node scripts/draw-walkthrough.mjs`.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../', import.meta.url));
const { chromium } = createRequire(`${root}tests/e2e/package.json`)('playwright-core');
const address = process.argv[2] ?? 'http://127.0.0.1:8080';
const folder = `${root}docs/walkthrough`;
const password = 'Zhucun-2015';
const profiles = mkdtempSync(join(tmpdir(), 'zhucun-walkthrough-'));
mkdirSync(folder, { recursive: true });

async function device(name, viewport = { width: 360, height: 800 }) {
  const context = await chromium.launchPersistentContext(join(profiles, name), {
    executablePath: '/usr/bin/chromium',
    viewport,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  const page = context.pages()[0] ?? (await context.newPage());
  const at = (test) => page.locator(`[data-test="${test}"]`);
  const go = async (place, test) => {
    await page.goto(`${address}/#${place}`);
    await at(test).first().waitFor();
  };
  const middle = (test) => at(test).evaluate((element) => element.scrollIntoView({ block: 'center' }));
  const draw = async (file) => {
    await page.waitForTimeout(500);
    await page.screenshot({ path: `${folder}/${file}.png` });
    console.log(file);
  };
  const signIn = async (login, first) => {
    await page.goto(address);
    await at('login').fill(login);
    await at('password').fill(password);
    if (first !== undefined) await draw(first);
    await at('sign-in').click();
    await at('tab-me').waitFor();
  };
  return { context, page, at, go, middle, draw, signIn };
}

/** Until everything of this device is on the server. */
async function uploaded({ at, go }, place) {
  await go(place, 'sync');
  await at('sync').and(at('sync').page().locator('[data-waiting="0"]')).waitFor({ timeout: 60_000 });
}

const secretary = await device('secretary');
const reviewer = await device('reviewer');
{
  const { context, page, at, go, middle, draw, signIn } = secretary;
  await signIn('demo-secretary', '01-sign-in');
  await at('greeting').waitFor();
  await draw('02-home');
  await context.setOffline(true);
  await at('record-visit').click();
  await at('form-save').waitFor();
  await draw('03-visit');
  await at('household-pick').click();
  await draw('04-households');
  await page.keyboard.press('Escape');
  await at('household-suggested').first().click();
  await at('choice-mode-home').click();
  await at('choice-met-head').click();
  await at('checks-all-normal').click();
  await at('choice-check_water-problem').click();
  await middle('field-check_education');
  await draw('05-checks');
  await at('field-narrative')
    .locator('textarea')
    .fill(
      '上午到家里，户主在家。今年种苹果树十二亩，挂果不错；孙子在镇上初中，学费有补助。自来水一入冬就冻，要到沟里挑水，已经记下来报镇上水管站。',
    );
  await middle('field-narrative');
  await draw('06-account');
  await at('form-save').click();
  await at('said').waitFor();
  await draw('07-saved');
  await go('/form/lesson', 'form-save');
  await at('form-save').click();
  await draw('08-what-is-missing');
  await at('field-topic').locator('input').fill('学习党章，做合格党员');
  await at('choice-lecturer-self').click();
  await at('choice-form-lecture').click();
  await at('field-expected').locator('input').fill('21');
  await at('field-present').locator('input').fill('18');
  await at('field-main_points').locator('textarea').fill('逐条学习党章总纲，结合村里修路和苹果园说党员怎样带头。');
  await draw('09-lesson');
  await at('form-save').click();
  await at('said').waitFor();
  await go('/', 'sync');
  await middle('sync');
  await draw('10-offline');
  await context.setOffline(false);
  await uploaded(secretary, '/');
}
let visit;
{
  const { context, page, at, go, draw, signIn } = reviewer;
  await signIn('demo-reviewer');
  await at('queue-total').waitFor();
  await draw('11-queue');
  const mine = secretary.page;
  await mine.goto(`${address}/#/entries`);
  visit = await mine
    .locator('[data-test="entries"] [data-test="entry-row"]', { hasText: '入户调研' })
    .first()
    .getAttribute('data-id');
  await at('village-row').first().click();
  await at('entry-row').first().waitFor();
  await draw('12-village');
  await context.setOffline(true);
  await go(`/entry/${visit}`, 'remark-on-narrative');
  await draw('13-reading');
  await at('remark-on-narrative').click();
  await at('remark-text').fill('水管站怎么答复的，请补一句。');
  await draw('14-comment');
  await at('remark-done').click();
  await at('return').click();
  await at('reason-too_brief').click();
  await at('return-comment').fill('情况清楚，饮水问题请写上下一步。');
  await draw('15-return');
  await at('return-send').click();
  await at('decided').waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await draw('16-returned');
  await context.setOffline(false);
  await uploaded(reviewer, '/review');
}
{
  const { at, go, middle, draw } = secretary;
  await go('/', 'home-returned');
  await draw('17-home-returned');
  await go(`/entry/${visit}`, 'return-banner');
  await draw('18-entry-returned');
  await go(`/entry/${visit}/amend`, 'amend-save');
  const account = at('field-narrative').locator('textarea');
  await account.fill(`${await account.inputValue()}\n水管站答复：本周六派人来换一段管。`);
  await middle('field-narrative');
  await draw('19-amend');
  await at('amend-save').click();
  await at('said').waitFor();
  await uploaded(secretary, '/');
  await go('/entries', 'entry-row');
  await draw('20-entries');
  await go('/me', 'sign-out');
  await draw('21-me');
  await go('/me/devices', 'device');
  await draw('22-devices');
}
{
  const { at, go } = reviewer;
  await go(`/entry/${visit}`, 'confirm');
  await at('confirm').click();
  await at('decided').waitFor();
  await uploaded(reviewer, '/review');
}
{
  const other = await device('other');
  await other.signIn('demo-secretary');
  const write = async ({ context, at, go }, text) => {
    await context.setOffline(true);
    await go(`/entry/${visit}/amend`, 'amend-save');
    if (await at('form-more').isVisible()) await at('form-more').click();
    await at('field-plan').locator('textarea').fill(text);
    await at('amend-save').click();
    await at('said').waitFor();
  };
  await uploaded(secretary, '/');
  await write(secretary, '周六去看换管。');
  await write(other, '周六和水管站一起去，顺便看三组的井。');
  await secretary.context.setOffline(false);
  await uploaded(secretary, '/');
  await other.context.setOffline(false);
  await uploaded(other, '/');
  await secretary.at('sync-now').click();
  await secretary.go(`/entry/${visit}`, 'other-plan');
  await secretary.middle('other-plan');
  await secretary.draw('23-two-values');
  await other.context.close();
}
{
  const county = await device('county');
  await county.signIn('demo-county');
  await county.at('roll-up').waitFor();
  await county.draw('24-roll-up');
  await county.context.close();
  const city = await device('city', { width: 1280, height: 720 });
  await city.signIn('demo-city');
  await city.at('roll-up').waitFor();
  await city.draw('25-roll-up-computer');
  await city.context.close();
}
await secretary.context.close();
await reviewer.context.close();
rmSync(profiles, { recursive: true });

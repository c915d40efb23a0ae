// What a person does on the screens by hand, and what they look for there. Nothing here knows how it is done inside.
import { expect, type Locator, type Page } from '@playwright/test';
import type { Device } from './device.ts';
import type { Person, Stage } from './stage.ts';

/** What people choose when their first password has to be changed. */
export const password = 'Pailiang-2015';

/** How long a change may take from one device over the server to another, lost lines and the pauses after them included. */
export const ARRIVES_MS = 45_000;

/** Where people begin, by what they are. */
type Tab = 'home' | 'review' | 'desk' | 'admin' | 'audit';

export async function signIn(page: Page, person: Person, secret: string): Promise<void> {
  await page.getByTestId('login').fill(person.login);
  await page.getByTestId('password').fill(secret);
  await page.getByTestId('sign-in').click();
}

/** The first sign-in of an account: the password it was handed, and the one it must choose. */
export async function signInFirst(page: Page, person: Person, stage: Stage): Promise<void> {
  await signIn(page, person, stage.firstPassword(person));
  await page.getByTestId('password-new').fill(password);
  await page.getByTestId('password-again').fill(password);
  await page.getByTestId('password-submit').click();
}

/** Waits until the first sync is over and a person's own first screen stands there. */
export async function arrived(page: Page, tab: Tab): Promise<void> {
  await expect(page.getByTestId(`tab-${tab}`)).toBeVisible({ timeout: ARRIVES_MS });
}

/** Waits until the browser says that the application opens without a network. */
export async function readyForOffline(page: Page): Promise<void> {
  await page.getByTestId('tab-me').click();
  await expect(page.getByTestId('me-offline')).toHaveAttribute('data-opening', 'ready', { timeout: ARRIVES_MS });
}

export async function goHome(page: Page): Promise<void> {
  await page.getByTestId('tab-home').click();
  await expect(page.getByTestId('greeting')).toBeVisible();
}

export async function goToEntries(page: Page): Promise<void> {
  await page.getByTestId('tab-entries').click();
  await expect(page.getByTestId('tab-entries')).toHaveAttribute('aria-current', 'page');
}

/** A field of a form that text is typed into. */
export function input(page: Page, field: string): Locator {
  return page.getByTestId(`field-${field}`).locator('input, textarea').last();
}

/** Opens the form of a visit and chooses a household; one that the register does not have is added by hand. */
export async function beginVisit(page: Page, head: string): Promise<void> {
  await goHome(page);
  await page.getByTestId('record-visit').click();
  await chooseHousehold(page, head);
}

export async function chooseHousehold(page: Page, head: string): Promise<void> {
  await page.getByTestId('household-pick').click();
  const dialog = page.getByRole('dialog');
  await dialog.getByTestId('household-search').fill(head);
  const known = dialog.locator('label[data-test^="household-"]').filter({ hasText: head });
  await expect(dialog.getByTestId('household-add')).toBeVisible();
  if ((await known.count()) > 0) await known.click();
  else {
    await dialog.getByTestId('household-add').click();
    await input(page, 'head').fill(head);
    await dialog.getByTestId('household-add-save').click();
  }
  await dialog.getByTestId('household-done').click();
  await expect(page.getByTestId('household-chosen')).toContainText(head);
}

export async function save(page: Page): Promise<void> {
  await page.getByTestId('form-save').click();
  await expect(page.getByTestId('said')).toBeVisible();
}

export async function logVisit(page: Page, head: string, narrative: string): Promise<void> {
  await beginVisit(page, head);
  await page.getByTestId('choice-mode-home').click();
  await page.getByTestId('checks-all-normal').click();
  await input(page, 'narrative').fill(narrative);
  await save(page);
}

export async function logLesson(page: Page, topic: string): Promise<void> {
  await goHome(page);
  await page.getByTestId('record-lesson').click();
  await input(page, 'topic').fill(topic);
  await page.getByTestId('choice-lecturer-self').click();
  await input(page, 'expected').fill('18');
  await input(page, 'present').fill('15');
  await save(page);
}

/** Opens the form of any kind from the sheet of all kinds. */
export async function begin(page: Page, kind: string): Promise<void> {
  await page.getByTestId('tab-begin').click();
  await page.getByTestId(`begin-${kind}`).click();
  await expect(page.getByTestId('form-save')).toBeVisible();
}

/** Sets a day that is none of the last three. */
export async function setDay(page: Page, field: string, value: string): Promise<void> {
  await page.getByTestId(`choice-${field}-other`).click();
  await page.getByTestId(`input-${field}`).fill(value);
}

/** Raises an issue in the form on screen. */
export async function raiseIssue(page: Page, text: string, category: string | undefined): Promise<void> {
  await page.getByTestId('issue-add').click();
  const dialog = page.getByRole('dialog');
  await input(page, 'text').fill(text);
  if (category !== undefined) await dialog.getByTestId(`choice-category-${category}`).click();
  await dialog.getByTestId('issue-done').click();
  await expect(page.getByTestId('issue-draft')).toContainText(text);
}

/** Takes the next step of the issue on screen. */
export async function follow(page: Page, state: string, texts: Record<string, string>): Promise<void> {
  await page.getByTestId('issue-follow').click();
  await page.getByTestId(`follow-${state}`).click();
  for (const [field, text] of Object.entries(texts)) await input(page, field).fill(text);
  await page.getByTestId('follow-save').click();
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

/** The rows of the list on screen that is no list of drafts. */
export function rows(page: Page): Locator {
  return page.getByTestId('entries').getByTestId('entry-row');
}

/** The row of an entry, by the heads of its households or its topic. */
export function row(page: Page, title: string): Locator {
  return rows(page).filter({ hasText: title });
}

/** Opens one's own entry from the list. */
export async function openEntry(page: Page, title: string): Promise<void> {
  await goToEntries(page);
  await row(page, title).click();
  await expect(page.getByTestId('entry-title')).toContainText(title);
}

/** Changes fields of the entry on screen. */
export async function amend(page: Page, fields: Record<string, string>): Promise<void> {
  await page.getByTestId('amend').click();
  await expect(page.getByTestId('amend-save')).toBeVisible();
  for (const [field, text] of Object.entries(fields)) {
    // What is seldom filled in is folded away.
    if ((await page.getByTestId(`field-${field}`).count()) === 0) await page.getByTestId('form-more').click();
    await input(page, field).fill(text);
  }
  await page.getByTestId('amend-save').click();
  await expect(page.getByTestId('entry-head')).toBeVisible();
}

export async function back(page: Page): Promise<void> {
  await page.getByTestId('back').click();
}

/** Signs in on a new device and waits for what there is. */
export async function settle(
  device: Device,
  person: Person,
  { first, tab }: { first?: Stage; tab: Tab },
): Promise<Page> {
  const page = await device.open();
  if (first === undefined) await signIn(page, person, password);
  else await signInFirst(page, person, first);
  await arrived(page, tab);
  return page;
}

/** Signs out so that what has not been uploaded stays on the device. */
export async function signOutKeeping(page: Page): Promise<void> {
  await page.getByTestId('tab-me').click();
  await page.getByTestId('sign-out').click();
  await page.getByTestId('sign-out-keep').click();
  await expect(page.getByTestId('login')).toBeVisible();
}

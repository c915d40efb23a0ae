// 长辈版 is chosen where it is needed, before signing in, too; it stays on the device and takes nothing with it when it ends.
import type { Page } from '@playwright/test';
import { arrived, signInFirst } from './hand.ts';
import { expect, test } from './law.ts';
import { people } from './stage.ts';

const { secretary } = people;
const size = { width: 320, height: 640 };

async function isElder(page: Page, on: boolean): Promise<void> {
  await expect(page.getByTestId('elder')).toHaveAttribute('aria-checked', String(on));
  await expect(page.getByTestId('elder')).toContainText(on ? '已开' : '未开');
  await expect(page.locator('body')).toHaveCSS('font-size', on ? '19.2px' : '16px');
  const touched = await page.getByTestId('elder').boundingBox();
  expect(touched?.height ?? 0).toBeGreaterThanOrEqual(on ? 60 : 44);
}

test('长辈版 is chosen before signing in, stays on the device, and ends as it began', async ({ stage, device }) => {
  const phone = device('phone');
  const before = await phone.open({ size });
  await isElder(before, false);
  await before.getByTestId('elder').click();
  await isElder(before, true);
  await phone.quit();

  const page = await phone.open({ size });
  await isElder(page, true);
  await signInFirst(page, secretary, stage);
  await arrived(page, 'home');
  await page.getByTestId('tab-me').click();
  await isElder(page, true);
  await expect(page.getByTestId('text-size-standard')).toHaveCount(0);
  await page.getByTestId('elder').click();
  await isElder(page, false);
  await expect(page.getByTestId('text-size-standard')).toHaveAttribute('aria-pressed', 'true');
  await page.getByTestId('text-size-largest').click();
  await expect(page.locator('body')).toHaveCSS('font-size', '30px');
  await page.reload();
  await expect(page.locator('body')).toHaveCSS('font-size', '30px');
});

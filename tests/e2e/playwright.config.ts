// How the browser tests run: Debian's Chromium as a phone in China, one test at a time, no retries (flaky is broken).
// ZHUCUN_CHROMIUM names another browser.
import { defineConfig } from '@playwright/test';

export default defineConfig({
  testDir: '.',
  outputDir: '../../target/e2e',
  reporter: [['list'], ['./last-word.ts']],
  forbidOnly: process.env['CI'] !== undefined,
  retries: 0,
  workers: 1,
  timeout: 120_000,
  use: {
    viewport: { width: 360, height: 800 },
    hasTouch: true,
    isMobile: true,
    locale: 'zh-CN',
    timezoneId: 'Asia/Shanghai',
    testIdAttribute: 'data-test',
    actionTimeout: 10_000,
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
    launchOptions: {
      executablePath: process.env['ZHUCUN_CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
});

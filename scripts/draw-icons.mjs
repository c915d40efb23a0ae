// Draws the PNG icons from web-pwa/public/icon/icon.svg, by the browser that the tests use. Run by hand when the mark
// changes; the PNGs are committed. Usage: node scripts/draw-icons.mjs
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { chromium } = createRequire(`${root}tests/e2e/`)('@playwright/test');
const svg = readFileSync(`${root}web-pwa/public/icon/icon.svg`, 'utf8');
// A maskable icon is cut to any shape by the phone: full bleed, and the mark within the middle 80 %.
const maskable = svg.replace('rx="96"', '').replace(/(<\/?g)/, '<g transform="translate(51.2 51.2) scale(0.8)">$1');
const icons = [
  { name: '192', size: 192, drawing: svg },
  { name: '512', size: 512, drawing: svg },
  { name: 'maskable-512', size: 512, drawing: maskable.replace('</svg>', '</g></svg>') },
];

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-gpu'] });
for (const { name, size, drawing } of icons) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:100vw;height:100vh}</style>${drawing}`);
  await page.screenshot({ path: `${root}web-pwa/public/icon/${name}.png`, omitBackground: true });
}
await browser.close();

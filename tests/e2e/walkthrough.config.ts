// Draws the pictures of docs/WALKTHROUGH.md: `npm run walkthrough`, when a screen has changed. Not a test.
import tests from './playwright.config.ts';

export default { ...tests, testMatch: 'walkthrough.ts', timeout: 900_000 };

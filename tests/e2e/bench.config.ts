// `npm run bench`: the figures of a browser, over the village that `make bench` has made. Not a test.
import tests from './playwright.config.ts';

export default { ...tests, testMatch: 'bench.ts', timeout: 900_000, use: { ...tests.use, trace: 'off' as const } };

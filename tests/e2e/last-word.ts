// Says at the very end, in a few lines, what failed: the end of a long log is what people read first.
import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter';

export default class LastWord implements Reporter {
  private readonly words: string[] = [];

  onTestEnd(test: TestCase, { status, errors }: TestResult): void {
    if (status === test.expectedStatus) return;
    this.words.push(
      `${test.title}: ${status}`,
      ...errors.map(({ message, snippet }) => `${message}\n${snippet ?? ''}`),
    );
  }

  onExit(): Promise<void> {
    for (const word of this.words) process.stdout.write(`\n${word}\n`);
    return Promise.resolve();
  }

  printsToStdio(): boolean {
    return false; // beside the list
  }
}

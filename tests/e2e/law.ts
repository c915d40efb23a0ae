// What every browser test begins with: a stage of its own, and devices on it. When the test is over nothing that must
// never happen may have happened on any of them, and the server's database must hold together.
import { expect, test as base } from '@playwright/test';
import { Device } from './device.ts';
import { Stage } from './stage.ts';

export { expect } from '@playwright/test';

interface Given {
  stage: Stage;
  /** A new device with an empty browser profile. */
  device: (name: string) => Device;
}

export const test = base.extend<Given>({
  // oxlint-disable-next-line no-empty-pattern -- it must be a pattern, and this needs nothing
  stage: async ({}, use) => {
    const stage = await Stage.found();
    await use(stage);
    await stage.close();
  },
  device: async ({ stage }, use) => {
    const devices: Device[] = [];
    await use((name) => {
      const device = new Device(stage.folder, name, stage.origin);
      devices.push(device);
      return device;
    });
    const complaints: string[] = [];
    for (const device of devices) complaints.push(...(await device.close()));
    expect(complaints).toEqual([]);
  },
});

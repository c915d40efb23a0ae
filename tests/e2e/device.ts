// A device of a person: a real browser on a profile folder of its own, as a phone in China. It can lose the network, and
// its browser can be killed without warning and opened again on the same profile. It writes down everything that must
// never happen on any screen: errors, requests to another origin, breaches of the content security policy.
import { chromium, type BrowserContext, type ConsoleMessage, type Page } from '@playwright/test';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the browser itself says of a request that met a dead line. */
const DEAD_LINE = /^Failed to load resource: net::ERR_/;

export interface Size {
  width: number;
  height: number;
}

const phone: Size = { width: 360, height: 800 };

const nothing = (_page: Page): Promise<void> => Promise.resolve();

export class Device {
  readonly profile: string;
  private readonly origin: string;
  private readonly complaints: string[] = [];
  private context: BrowserContext | undefined;
  private tab: Page | undefined;
  private lineWasDead = false;
  private readonly onDeadLine: string[] = [];

  constructor(folder: string, name: string, origin: string) {
    this.profile = join(folder, `profile-${name}`);
    this.origin = origin;
  }

  get page(): Page {
    if (this.tab === undefined) throw new Error('this device is not open');
    return this.tab;
  }

  /** Starts the browser on the profile, does what comes `first` on its empty page, and opens the application. */
  async open({ offline = false, size = phone, mobile = true, first = nothing } = {}): Promise<Page> {
    if (offline) this.lineWillBeDead();
    const context = await chromium.launchPersistentContext(this.profile, {
      viewport: size,
      hasTouch: mobile,
      isMobile: mobile,
      offline,
    });
    this.context = context;
    context.on('request', (request) => {
      const url = new URL(request.url());
      const own = url.origin === this.origin || url.protocol === 'blob:' || url.protocol === 'about:';
      if (!own) this.complaints.push(`request to ${request.url()}`);
    });
    context.on('console', (message) => this.heard(message));
    context.on('weberror', (error) => this.complaints.push(`error on the page: ${error.error().stack}`));
    const tab = context.pages()[0] ?? (await context.newPage());
    await first(tab);
    this.tab = await this.shown(tab);
    return this.tab;
  }

  /** Opens the application in one more tab. */
  async another(): Promise<Page> {
    if (this.context === undefined) throw new Error('this device is not open');
    return this.shown(await this.context.newPage());
  }

  /** Freezes a tab and its worker, as a system does with one that is in the background; gives what lets it go on. */
  async freeze(tab: Page): Promise<() => Promise<void>> {
    const browser = await tab.context().newCDPSession(tab);
    const workers: string[] = [];
    browser.on('Target.attachedToTarget', ({ sessionId, targetInfo }) => {
      if (targetInfo.type === 'worker') workers.push(sessionId); // not the service worker, which others need
    });
    // Frozen by its life cycle alone, a page's worker runs on: a debugger stops it, too.
    await browser.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
    let id = 0;
    const tell = async (method: string) => {
      for (const sessionId of workers) {
        id += 1;
        await browser.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) });
      }
    };
    await tell('Debugger.enable');
    await tell('Debugger.pause');
    await browser.send('Page.setWebLifecycleState', { state: 'frozen' });
    return async () => {
      await browser.send('Page.setWebLifecycleState', { state: 'active' });
      await tell('Debugger.resume');
      await tell('Debugger.disable');
      await browser.detach();
    };
  }

  /** The browser cleans up: everything of this origin that is in IndexedDB goes, whoever has it open. */
  async loseDatabases(): Promise<void> {
    const browser = await this.page.context().newCDPSession(this.page);
    await browser.send('Storage.clearDataForOrigin', { origin: this.origin, storageTypes: 'indexeddb' });
    await browser.detach();
  }

  /** SIGKILL to the browser and all its processes: no page is told. */
  async kill(): Promise<void> {
    const pid = this.browserPid();
    const context = this.context;
    this.context = this.tab = undefined;
    const closed = new Promise((resolve) => context?.once('close', resolve));
    process.kill(-pid, 'SIGKILL'); // the browser leads a process group of its own
    await closed;
  }

  /** Closes the browser as a person does; the next `open` starts it again. */
  async quit(): Promise<void> {
    const context = this.context;
    this.context = this.tab = undefined;
    await context?.close();
  }

  /**
   * The browser, which leads a process group of its own. Playwright does not say; the profile is on the browser's command
   * line and on that of no page's process.
   */
  browserPid(): number {
    const mine = `--user-data-dir=${this.profile}`;
    for (const name of readdirSync('/proc')) {
      if (!/^\d+$/.test(name)) continue;
      const words = commandLine(name);
      if (words.includes(mine) && !words.some((word) => word.startsWith('--type='))) return Number(name);
    }
    throw new Error(`no browser runs on ${this.profile}`);
  }

  async setOffline(offline: boolean): Promise<void> {
    if (offline) this.lineWillBeDead();
    await this.context?.setOffline(offline);
  }

  /** The server or the network is going to be away: what the browser says of failed requests is no complaint. */
  lineWillBeDead(): void {
    this.lineWasDead = true;
  }

  private async shown(tab: Page): Promise<Page> {
    tab.on('worker', (worker) => {
      worker.evaluate(sayBreaches).catch(() => {}); // it ended at once
    });
    await tab.goto(`${this.origin}/`);
    return tab;
  }

  /** Closes the browser and gives what must not have happened. */
  async close(): Promise<string[]> {
    await this.quit();
    return this.lineWasDead ? this.complaints : [...this.complaints, ...this.onDeadLine];
  }

  private heard(message: ConsoleMessage): void {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    const said = `console ${message.type()}: ${message.text()} (${message.location().url})`;
    if (DEAD_LINE.test(message.text())) this.onDeadLine.push(said);
    else this.complaints.push(said);
  }
}

/** The browser says on the console what a page was kept from, but not what a worker was: here it becomes an error. */
function sayBreaches(): void {
  self.addEventListener('securitypolicyviolation', ({ effectiveDirective, blockedURI }) => {
    throw new Error(`${effectiveDirective} keeps ${blockedURI} out`);
  });
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it ended meanwhile
  }
}

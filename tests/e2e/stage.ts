// The stage of a browser test: a data folder made with the real command line, and the real binary that serves it and the
// built screens on a free port of this machine. It can be killed without warning and started again on the same port.
// ZHUCUN_BIN and ZHUCUN_PWA name the binary and the folder of the screens; `make` sets them.
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const built = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url));
const binary = process.env['ZHUCUN_BIN'] ?? built('target/release/zhucun');
const screens = process.env['ZHUCUN_PWA'] ?? built('web-pwa/dist');

/** How long a process gets to start, or to end when it is asked to. */
const PROCESS_MS = 20_000;
const DAY_MS = 86_400_000;
const SHANGHAI_MS = 8 * 3_600_000;

/** Today in Shanghai, moved by so many days. */
export function day(days = 0): string {
  return new Date(Date.now() + SHANGHAI_MS + days * DAY_MS).toISOString().slice(0, 10);
}

export interface Person {
  login: string;
  name: string;
  role: string;
  division: string;
}

export const villages = {
  zhanggou: { code: '629901100200', name: '张沟村' },
  liyuan: { code: '629901100201', name: '李塬村' },
  wangju: { code: '629901100202', name: '王咀村' },
  zhaoping: { code: '629901101200', name: '赵坪村' },
};

const divisions: [code: string, name: string][] = [
  ['6299', '陇原市'],
  ['629901', '青山县'],
  ['629901100', '柳沟乡'],
  ['629901101', '石桥镇'],
  ...Object.values(villages).map(({ code, name }): [string, string] => [code, name]),
];

/** Two of the four villages have a first secretary. */
export const people = {
  secretary: { login: 'sun.jianguo', name: '孙建国', role: '第一书记', division: villages.zhanggou.code },
  neighbour: { login: 'ma.xiuying', name: '马秀英', role: '第一书记', division: villages.liyuan.code },
  reviewer: { login: 'liu.zhiming', name: '刘志明', role: '乡镇组织委员', division: '629901100' },
  county: { login: 'county', name: '陈丽华', role: '县委组织部', division: '629901' },
  city: { login: 'city', name: '赵永年', role: '市委组织部', division: '6299' },
} satisfies Record<string, Person>;

function table(rows: string[][]): string {
  return rows.map((row) => `${row.join(',')}\n`).join('');
}

export class Stage {
  readonly folder: string;
  readonly origin: string;
  private readonly passwords: Map<string, string>;
  private readonly port: number;
  private server: ChildProcess | undefined;
  private said = '';

  private constructor(folder: string, port: number, passwords: Map<string, string>) {
    this.folder = folder;
    this.port = port;
    this.passwords = passwords;
    this.origin = `http://127.0.0.1:${port}`;
  }

  /** Makes the town with the command line, as an operator would, and serves it. */
  static async found(): Promise<Stage> {
    const folder = await mkdtemp(join(tmpdir(), 'zhucun-'));
    const data = join(folder, 'data');
    const file = async (name: string, rows: string[][]) => {
      await writeFile(join(folder, name), table(rows));
      return join(folder, name);
    };
    const posts = Object.values(people).map(({ login, name, role, division }) => {
      const last = role === '第一书记' ? day(400) : '';
      return [login, name, role, division, day(-120), last];
    });
    await zhucun(data, ['import', 'divisions', await file('divisions.csv', [['code', 'name'], ...divisions])]);
    const poor = Object.values(villages).map(({ code }) => [code, '2015-01-01']);
    await zhucun(data, ['import', 'poor-villages', await file('poor-villages.csv', [['code', 'from'], ...poor])]);
    const columns = ['login', 'name', 'role', 'division', 'arrived', 'planned_end'];
    const roster = await file('roster.csv', [columns, ...posts]);
    const handed = join(folder, 'passwords.csv');
    await zhucun(data, ['import', 'roster', roster, '--apply', '--passwords', handed]);
    const lines = (await readFile(handed, 'utf8')).trim().split('\n').slice(1);
    const passwords = lines.map((line) => line.split(',')).map(([login = '', , first = '']) => [login, first] as const);
    const stage = new Stage(folder, await freePort(), new Map(passwords));
    await stage.start();
    return stage;
  }

  firstPassword(person: Person): string {
    const first = this.passwords.get(person.login);
    if (first === undefined) throw new Error(`nobody handed ${person.login} a first password`);
    return first;
  }

  /** Serves the folder; done when it listens. */
  async start(): Promise<void> {
    const words = ['--data', this.data, 'serve', '--listen', `127.0.0.1:${this.port}`, '--pwa', screens];
    const server = spawn(binary, words, { stdio: ['ignore', 'pipe', 'pipe'] });
    server.stderr.on('data', (text: Buffer) => (this.said += text.toString()));
    this.server = server;
    const listening = once(createInterface(server.stdout), 'line');
    const [address] = (await bounded(Promise.race([listening, once(server, 'exit')]))) as [unknown];
    if (address !== this.origin) throw new Error(`the server did not start: ${this.said}`);
  }

  /** SIGKILL: no goodbye, no flush. Done when the process is gone. */
  async kill(): Promise<void> {
    await this.end('SIGKILL');
  }

  /** Lets `cause` happen, and kills the server at the moment the database's log is written because of it. */
  async killWhileItWrites(cause: () => Promise<unknown>): Promise<void> {
    const log = join(this.data, 'zhucun.db-wal');
    const written = () => statSync(log, { bigint: true, throwIfNoEntry: false })?.mtimeNs;
    const before = written();
    const caused = cause();
    for (const end = Date.now() + PROCESS_MS; written() === before;) {
      if (Date.now() > end) throw new Error('nothing was written');
      await setImmediate();
    }
    await this.kill();
    await caused;
  }

  /** Stops it as an operator does, checks the whole database, and removes the folder. */
  async close(): Promise<void> {
    await this.end('SIGTERM');
    await zhucun(this.data, ['check']);
    await rm(this.folder, { recursive: true });
  }

  private get data(): string {
    return join(this.folder, 'data');
  }

  private async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    const server = this.server;
    if (server === undefined) return;
    this.server = undefined;
    const gone = once(server, 'exit');
    server.kill(signal);
    await bounded(gone);
  }
}

/** What a process is asked to do happens in time, or the test fails. */
async function bounded<T>(happening: Promise<T>): Promise<T> {
  const over = new AbortController();
  const late = setTimeout(PROCESS_MS, undefined, { signal: over.signal }).then(() => {
    throw new Error('the server did neither start nor end in time');
  });
  try {
    return await Promise.race([happening, late]);
  } finally {
    late.catch(() => {});
    over.abort();
  }
}

/** Runs the command line on a data folder; throws with what it said when it fails. */
async function zhucun(data: string, words: string[]): Promise<void> {
  await run(binary, ['--data', data, ...words], { timeout: 60_000 });
}

/** A port that was free a moment ago: the server must come back on the same one, so it cannot take any. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

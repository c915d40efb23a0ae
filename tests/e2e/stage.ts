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
const PROCESS_MS = 60_000;
/** How long the making of a whole city may take on a busy machine. */
const CITY_MS = 600_000;
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

/** Two of the three poor villages have a first secretary. */
export const people = {
  secretary: { login: 'sun.jianguo', name: '孙建国', role: '第一书记', division: villages.zhanggou.code },
  neighbour: { login: 'ma.xiuying', name: '马秀英', role: '第一书记', division: villages.liyuan.code },
  reviewer: { login: 'liu.zhiming', name: '刘志明', role: '乡镇组织委员', division: '629901100' },
  deputy: { login: 'he.ping', name: '何萍', role: '乡镇组织委员', division: '629901100' },
  county: { login: 'county', name: '陈丽华', role: '县委组织部', division: '629901' },
  city: { login: 'city', name: '赵永年', role: '市委组织部', division: '6299' },
  administrator: { login: 'admin', name: '吴文斌', role: '管理员', division: '6299' },
  auditor: { login: 'auditor', name: '郑晓燕', role: '审计员', division: '6299' },
} satisfies Record<string, Person>;

function table(rows: string[][]): string {
  return rows.map((row) => `${row.join(',')}\n`).join('');
}

export class Stage {
  readonly folder: string;
  readonly origin: string;
  private readonly passwords = new Map<string, string>();
  private readonly command: string[];
  private server: ChildProcess | undefined;
  private said = '';

  /** `command` is what serves the folder. */
  private constructor(folder: string, port: number, command: string[]) {
    this.folder = folder;
    this.origin = `http://127.0.0.1:${port}`;
    this.command = [...command, '--listen', `127.0.0.1:${port}`, '--pwa', screens];
  }

  /** Makes the town with the command line, as an operator would, and serves it. */
  static async found(): Promise<Stage> {
    const stage = new Stage(await newFolder(), await freePort(), ['serve']);
    const { folder } = stage;
    const file = async (name: string, rows: string[][]) => {
      await writeFile(join(folder, name), table(rows));
      return join(folder, name);
    };
    const posts = Object.values(people).map(({ login, name, role, division }) => {
      const last = role === '第一书记' ? day(400) : '';
      return [login, name, role, division, day(-120), last];
    });
    await stage.zhucun('import', 'divisions', await file('divisions.csv', [['code', 'name'], ...divisions]));
    const poor = [villages.zhanggou, villages.liyuan, villages.wangju].map(({ code }) => [code, '2015-01-01']);
    await stage.zhucun('import', 'poor-villages', await file('poor-villages.csv', [['code', 'from'], ...poor]));
    const columns = ['login', 'name', 'role', 'division', 'arrived', 'planned_end'];
    const roster = await file('roster.csv', [columns, ...posts]);
    const handed = join(folder, 'passwords.csv');
    await stage.zhucun('import', 'roster', roster, '--apply', '--passwords', handed);
    await stage.keepPasswords(handed);
    await stage.start();
    return stage;
  }

  /** Serves what lies in `data` of a folder already. */
  static async over(folder: string): Promise<Stage> {
    const stage = new Stage(folder, await freePort(), ['serve']);
    await stage.start();
    return stage;
  }

  /** The demonstration 演示数据 of the whole city, for pictures. */
  static async demonstration(): Promise<Stage> {
    const stage = new Stage(await newFolder(), await freePort(), ['demo']);
    await stage.start(CITY_MS);
    return stage;
  }

  /** More villages of the township, each with a first secretary who has not signed in yet. */
  async settleVillages(names: string[]): Promise<Person[]> {
    const file = async (name: string, rows: string[][]) => {
      await writeFile(join(this.folder, name), table(rows));
      return join(this.folder, name);
    };
    const units = names.map((name, at) => [`6299011003${String(at).padStart(2, '0')}`, name]);
    const settled = units.map(([division = '', name = ''], at): Person => {
      return { login: `secretary.${at}`, name: `${name.slice(0, 1)}书记`, role: '第一书记', division };
    });
    await this.zhucun('import', 'divisions', await file('more-divisions.csv', [['code', 'name'], ...units]));
    const columns = ['login', 'name', 'role', 'division', 'arrived', 'planned_end'];
    const posts = settled.map(({ login, name, role, division }) => [login, name, role, division, day(-120), day(400)]);
    const roster = await file('more-roster.csv', [columns, ...posts]);
    const handed = join(this.folder, 'more-passwords.csv');
    await this.zhucun('import', 'roster', roster, '--apply', '--passwords', handed);
    await this.keepPasswords(handed);
    return settled;
  }

  private async keepPasswords(handed: string): Promise<void> {
    for (const line of (await readFile(handed, 'utf8')).trim().split('\n').slice(1)) {
      const [login = '', , first = ''] = line.split(',');
      this.passwords.set(login, first);
    }
  }

  /** A first secretary was recalled: so long ago that nothing of the village is kept, or days ago. */
  async recall({ login, name, role, division }: Person, daysAgo = 440): Promise<void> {
    const file = join(this.folder, 'recall.csv');
    const columns = ['login', 'name', 'role', 'division', 'arrived', 'planned_end', 'ended', 'reason'];
    await writeFile(
      file,
      table([columns, [login, name, role, division, day(-500), day(400), day(-daysAgo), 'recalled']]),
    );
    await this.zhucun('import', 'roster', file, '--apply');
  }

  /** A backup of the server, after which phones let go of what they may no longer hold. */
  async backUp(): Promise<void> {
    await this.zhucun('backup', join(this.folder, 'backup.db'));
  }

  /** Hands an account a first password again. */
  async resetPassword(person: Person): Promise<void> {
    this.passwords.set(person.login, (await this.zhucun('account', 'reset', person.login)).trim());
  }

  firstPassword(person: Person): string {
    const first = this.passwords.get(person.login);
    if (first === undefined) throw new Error(`nobody handed ${person.login} a first password`);
    return first;
  }

  /** Serves the folder; done when it listens. */
  async start(ms = PROCESS_MS): Promise<void> {
    const server = spawn(binary, ['--data', this.data, ...this.command], { stdio: ['ignore', 'pipe', 'pipe'] });
    server.stderr.on('data', (text: Buffer) => (this.said += text.toString()));
    this.server = server;
    const listening = new Promise<void>((resolve, reject) => {
      createInterface(server.stdout).on('line', (line) => (line === this.origin ? resolve() : undefined));
      server.once('exit', () => reject(new Error(`the server did not start: ${this.said}`)));
    });
    await bounded(listening, ms);
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
    await this.zhucun('check');
    await rm(this.folder, { recursive: true });
  }

  /** Runs the command line on the data folder and gives what it printed; throws with what it said when it fails. */
  private async zhucun(...words: string[]): Promise<string> {
    const { stdout } = await run(binary, ['--data', this.data, ...words], { timeout: 60_000 });
    return stdout;
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
    await bounded(gone, PROCESS_MS);
  }
}

/** What a process is asked to do happens in time, or the test fails. */
async function bounded<T>(happening: Promise<T>, ms: number): Promise<T> {
  const over = new AbortController();
  const late = setTimeout(ms, undefined, { signal: over.signal }).then(() => {
    throw new Error('the server did neither start nor end in time');
  });
  try {
    return await Promise.race([happening, late]);
  } finally {
    late.catch(() => {});
    over.abort();
  }
}

function newFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'zhucun-'));
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

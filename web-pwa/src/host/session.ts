// Signing in and out and changing the password: calls to the server, and what this browser remembers of them. The
// password passes through and is kept nowhere.
import { personOf, setCurrent } from '../port/account';
import { uuid } from '../port/dice';
import { Disk } from '../port/disk';
import { callJson, type JsonReply } from '../port/net';
import type { Identity, Person, Tokens } from './contract';
import { problemCode } from './trouble';

const DEVICE = 'device';
/** What the server answers to a sign-in. */
interface SignedIn {
  person: Person;
  must_change_password: boolean;
  access_token: string;
  access_until_ms: number;
  refresh_token: string;
  server_time_ms: number;
}

export interface Arrival {
  identity: Identity;
  tokens: Tokens;
}

export interface Credentials {
  login: string;
  password: string;
  label: string;
}

/** Signs in, under the name this device had for the person before if it had one. */
export async function signIn(typed: Credentials): Promise<{ reply: JsonReply; arrival?: Arrival }> {
  const login = typed.login.trim();
  const known = await deviceOf(await personOf(login));
  let device = known ?? uuid();
  let reply = await post({ ...typed, login }, device);
  if (['device_revoked', 'device_of_another'].includes(problemCode(reply.body) ?? '')) {
    device = uuid(); // the old name is spent; the person is not
    reply = await post({ ...typed, login }, device);
  }
  if (reply.status < 200 || reply.status > 299) return { reply };
  const { person, must_change_password, access_token, refresh_token, ...times } = reply.body as SignedIn;
  await nameDevice(person.id, device);
  await setCurrent({ person: person.id, login, mustChangePassword: must_change_password });
  // As a length of time: the clocks of device and server may differ.
  const access_token_s = Math.max(0, Math.floor((times.access_until_ms - times.server_time_ms) / 1000));
  const tokens = { access_token, access_token_s, refresh_token };
  return { reply: { status: reply.status, body: undefined }, arrival: { identity: { person, device }, tokens } };
}

function post(typed: Credentials, device: string): Promise<JsonReply> {
  const { login, password, label } = typed;
  return callJson('POST', '/api/v1/session', undefined, { login, password, device_id: device, device_label: label });
}

/** The device's name lives and dies with the person's rows: two writers under one name would diverge for ever. */
async function deviceOf(person: string | undefined): Promise<string | undefined> {
  return person === undefined ? undefined : withDisk(person, (disk) => disk.mark(DEVICE));
}

async function nameDevice(person: string, device: string): Promise<void> {
  await withDisk(person, (disk) => disk.setMark(DEVICE, device));
}

async function withDisk<T>(person: string, use: (disk: Disk) => Promise<T>): Promise<T> {
  const disk = await Disk.open(person);
  try {
    return await use(disk);
  } finally {
    disk.close();
  }
}

// The network: one binary POST whose reply may break off, JSON calls, and files that the server makes. It reports what came and
// never decides what it means; a time-out is an absence of bytes, so that a slow line is not cut while it moves.

/** No byte for so long, and the connection counts as dead. */
export const SILENCE_MS = 45_000;
/** More patience before the reply begins, for each kilobyte that has to go up first (2G carries about that a second). */
const UPLOAD_MS_PER_KB = 1_000;
const JSON_MS = 20_000;

export interface SyncReply {
  status: number;
  /** As far as it came. */
  body: Uint8Array<ArrayBuffer>;
  whole: boolean;
}

export interface JsonReply {
  /** 0 when no reply came. */
  status: number;
  body: unknown;
}

/** Aborts after silence; `heard` starts the wait anew. */
export function watch(ms: number): { signal: AbortSignal; heard(): void; abort(): void; stop(): void } {
  const controller = new AbortController();
  const abort = () => controller.abort();
  let timer = setTimeout(abort, ms);
  const stop = () => clearTimeout(timer);
  const heard = () => {
    stop();
    timer = setTimeout(abort, SILENCE_MS);
  };
  return { signal: controller.signal, heard, abort, stop };
}

/** `POST /api/v1/sync`. Rejects only when no reply began. */
export async function postSync(token: string, body: Uint8Array<ArrayBuffer>): Promise<SyncReply> {
  const silence = watch(SILENCE_MS + (body.byteLength / 1024) * UPLOAD_MS_PER_KB);
  try {
    const headers: Record<string, string> = { 'content-type': 'application/octet-stream' };
    if (token !== '') headers['authorization'] = `Bearer ${token}`;
    const signal = silence.signal;
    const reply = await fetch('/api/v1/sync', { method: 'POST', headers, body, signal, cache: 'no-store' });
    silence.heard();
    const chunks: Uint8Array[] = [];
    let whole = false;
    try {
      for await (const chunk of chunksOf(reply)) {
        chunks.push(chunk);
        silence.heard();
      }
      whole = true;
    } catch {
      // Broken off: what came is still worth something.
    }
    return { status: reply.status, body: joined(chunks), whole };
  } finally {
    silence.stop();
  }
}

/** A call of the JSON API, with the token if there is one. Never rejects. */
export async function callJson(method: string, path: string, token?: string, body?: unknown): Promise<JsonReply> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), JSON_MS);
  const headers: Record<string, string> = { accept: 'application/json' };
  if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
  if (body !== undefined) headers['content-type'] = 'application/json';
  const init = { method, headers, signal: controller.signal, cache: 'no-store' as const };
  try {
    const reply = await fetch(path, body === undefined ? init : { ...init, body: JSON.stringify(body) });
    const text = await reply.text();
    return { status: reply.status, body: parsed(text) };
  } catch {
    return { status: 0, body: undefined };
  } finally {
    clearTimeout(timer);
  }
}

/** Sends a file; the reply is JSON. Never rejects. */
export async function sendFile(path: string, token: string, body: ArrayBuffer): Promise<JsonReply> {
  const silence = watch(SILENCE_MS + (body.byteLength / 1024) * UPLOAD_MS_PER_KB);
  try {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/octet-stream' };
    const reply = await fetch(path, { method: 'POST', headers, body, signal: silence.signal, cache: 'no-store' });
    silence.heard();
    return { status: reply.status, body: parsed(await reply.text()) };
  } catch {
    return { status: 0, body: undefined };
  } finally {
    silence.stop();
  }
}

/** A file that the server makes, with the name it gives it; a reply that is none is JSON. Never rejects. */
export async function callFile(path: string, token: string): Promise<JsonReply & { name?: string }> {
  const silence = watch(SILENCE_MS);
  try {
    const headers = { authorization: `Bearer ${token}` };
    const reply = await fetch(path, { headers, signal: silence.signal, cache: 'no-store' });
    silence.heard();
    if (!reply.ok) return { status: reply.status, body: parsed(await reply.text()) };
    const chunks: Uint8Array<ArrayBuffer>[] = [];
    for await (const chunk of chunksOf(reply)) {
      chunks.push(Uint8Array.from(chunk));
      silence.heard();
    }
    const type = reply.headers.get('content-type') ?? '';
    return { status: reply.status, body: new Blob(chunks, { type }), name: fileName(reply.headers) };
  } catch {
    return { status: 0, body: undefined };
  } finally {
    silence.stop();
  }
}

/** The name in Chinese, as RFC 5987 has it. */
function fileName(headers: Headers): string {
  const [, name = ''] = /filename\*=UTF-8''([^;]+)/.exec(headers.get('content-disposition') ?? '') ?? [];
  try {
    return decodeURIComponent(name);
  } catch {
    return '';
  }
}

/** The body as it comes; throws where it breaks off. */
export async function* chunksOf(reply: Response): AsyncGenerator<Uint8Array> {
  const reader = reply.body?.getReader();
  if (reader === undefined) return;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function joined(chunks: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.byteLength;
  }
  return whole;
}

function parsed(text: string): unknown {
  try {
    return text === '' ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

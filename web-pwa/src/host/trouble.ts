// What an HTTP status of the sync request means to the core.
import type { SyncTrouble } from './contract';

/** The code of a problem document, if the body is one. */
export function problemCode(body: unknown): string | undefined {
  const code: unknown = (body as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
}

export function troubleOf(status: number, body: Uint8Array): SyncTrouble {
  const code = problemCode(parsed(body));
  if (code === 'device_revoked') return 'revoked';
  if (status === 401 || status === 403) return 'signed_out';
  if (status === 426) return 'too_old';
  return 'server';
}

function parsed(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}

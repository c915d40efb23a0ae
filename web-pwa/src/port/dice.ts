// Chance, from the browser's own source.
import { now } from './clock';

/** What the core's dice are seeded with at every opening. */
export function seed(): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(32));
}

/** A whole number from 0 up to `bound`, which is not reached. */
export function below(bound: number): number {
  return Math.floor(((crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) / 2 ** 32) * bound);
}

/** A UUIDv7 (RFC 9562): milliseconds, then chance; made by hand, since browsers make only names without a time. */
export function uuid(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(10));
  bytes[0] = ((bytes[0] ?? 0) & 0x0f) | 0x70;
  bytes[2] = ((bytes[2] ?? 0) & 0x3f) | 0x80;
  const moment = Math.max(0, now()).toString(16).padStart(12, '0');
  const hex = moment + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

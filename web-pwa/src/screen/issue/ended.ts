// When an issue has come to an end: as the core has it.
const ended = new Set(['closed', 'explained', 'forwarded']);

export function isEnded(state: unknown): boolean {
  return ended.has(String(state));
}

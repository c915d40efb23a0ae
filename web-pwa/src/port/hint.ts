// The stream by which the server says that something waits. It carries no data: whoever hears it syncs.
import { chunksOf, SILENCE_MS, watch } from './net';

/**
 * Listens to `GET /api/v1/hint` until it ends, falls silent (the server says something every 25 seconds) or `signal`
 * says so; calls back at every event, and once when the stream stands, since nobody was told of what came before.
 * Returns the status.
 */
export async function listenForHints(token: string, signal: AbortSignal, hinted: () => void): Promise<number> {
  const silence = watch(SILENCE_MS);
  signal.addEventListener('abort', silence.abort);
  try {
    const headers = { authorization: `Bearer ${token}`, accept: 'text/event-stream' };
    const reply = await fetch('/api/v1/hint', { headers, signal: silence.signal, cache: 'no-store' });
    if (reply.status !== 200) return reply.status;
    hinted();
    const decoder = new TextDecoder();
    let rest = '';
    for await (const chunk of chunksOf(reply)) {
      silence.heard();
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      if (lines.includes('event: waiting')) hinted();
    }
    return 200;
  } catch {
    return 0;
  } finally {
    silence.stop();
    signal.removeEventListener('abort', silence.abort);
  }
}

// A line between the tabs of this browser.

export interface Channel {
  post(message: unknown): void;
  close(): void;
}

export function openChannel(name: string, heard: (message: unknown) => void): Channel {
  const line = new BroadcastChannel(name);
  line.addEventListener('message', (event: MessageEvent<unknown>) => heard(event.data));
  return { post: (message) => line.postMessage(message), close: () => line.close() };
}

// Starts the client, so that the core is on its way before the screens are even read, and then the page.
import { startClient } from './host/client';

startClient();
await import('./page');

// Says at once when this browser cannot run the application. Plain old syntax, because it is read by just those browsers;
// it touches nothing but the plain page in index.html.
document.documentElement.className =
  'noModule' in document.createElement('script') &&
  typeof WebAssembly === 'object' &&
  typeof Worker === 'function' &&
  typeof BroadcastChannel === 'function' &&
  typeof indexedDB === 'object' &&
  indexedDB !== null &&
  // Chromium 97, the first that runs WASM under our content security policy.
  typeof [].findLast === 'function'
    ? 'able'
    : 'unable';

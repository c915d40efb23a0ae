// Types that come from the tools: Vite's asset imports, the service worker's registration, Vant's components in templates.
/// <reference types="vite/client" />
/// <reference types="vite-plugin-pwa/client" />
/// <reference types="vant" />

// How the PWA is built: Vue with Vant's components imported where a template names them, the core's worker as an ES
// module, and a service worker that keeps the whole application for offline use. The output holds no inline script or
// style, so that it runs under `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'`.
import { VantResolver } from '@vant/auto-import-resolver';
import vue from '@vitejs/plugin-vue';
import Components from 'unplugin-vue-components/vite';
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';
import { preloadPage } from './vite.page-preload.ts';
import { withoutVantIconFont } from './vite.vant-icon-font.ts';

const theme = '#1f7a4d'; // 5.3 : 1 on white

export default defineConfig({
  plugins: [
    withoutVantIconFont(),
    preloadPage(),
    vue(),
    // Only Vant is automatic; our own parts are imported by name, so that a reader sees where they come from.
    Components({ dirs: [], dts: false, resolvers: [VantResolver()] }),
    VitePWA({
      // The page decides when a new version takes over: never in the middle of an entry.
      registerType: 'prompt',
      injectRegister: false,
      includeManifestIcons: false,
      manifest: {
        id: '/',
        name: '驻村手记',
        short_name: '驻村手记',
        description: '驻村第一书记工作日志，没有信号也能记。',
        lang: 'zh-CN',
        start_url: '/',
        scope: '/',
        display: 'standalone',
        theme_color: theme,
        background_color: '#ffffff',
        icons: [
          { src: '/icon/192.png', sizes: '192x192', type: 'image/png', purpose: 'any' },
          { src: '/icon/512.png', sizes: '512x512', type: 'image/png', purpose: 'any' },
          { src: '/icon/maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
      workbox: {
        globPatterns: ['**/*.{html,js,css,wasm,svg,png}'],
        maximumFileSizeToCacheInBytes: 4 * 1024 * 1024, // the core is above Workbox's default of 2 MiB before compression
        dontCacheBustURLsMatching: /^assets\//,
        navigateFallback: '/index.html',
        navigateFallbackDenylist: [/^\/api\//],
        cleanupOutdatedCaches: true,
        inlineWorkboxRuntime: true,
        babelPresetEnvTargets: ['chrome >= 96'],
        sourcemap: false,
      },
    }),
  ],
  worker: { format: 'es' },
  build: {
    target: 'chrome97',
    assetsInlineLimit: 0, // `data:` addresses are outside `default-src 'self'`
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // A file each, and not a dozen that the service worker hands out one by one: what starts the core, and with all
        // that the first screens share with later ones the page.
        codeSplitting: {
          groups: [
            { name: 'client', test: /\/src\/host\/client\.ts$/, priority: 2 },
            { name: 'page', test: /\/src\/page\.ts$/, priority: 1 },
          ],
        },
      },
    },
  },
  server: { proxy: { '/api': 'http://127.0.0.1:8080' } },
});

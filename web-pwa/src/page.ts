// The page: what `main.ts` fetches while the core is on its way.
import { createApp } from 'vue';
import App from './App.vue';
import { startOffline } from './host/client';
import { followDictionary } from './state/dictionary';
import { applyPreferences } from './state/preference';
import './style/size.css';
import './style/page.css';
import './style/vant.css';
import './style/print.css';

startOffline();
followDictionary();
await applyPreferences();
createApp(App).mount('#app');

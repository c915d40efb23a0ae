// Starts the page: the client first, so that the core is on its way while the screens are built.
import { createApp } from 'vue';
import App from './App.vue';
import { startClient, startOffline } from './host/client';
import { followDictionary } from './state/dictionary';
import { applyPreferences } from './state/preference';
import './style/size.css';
import './style/page.css';
import './style/vant.css';
import './style/print.css';

startClient();
startOffline();
followDictionary();
await applyPreferences();
createApp(App).mount('#app');

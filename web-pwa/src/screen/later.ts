// Screens that only some need are loaded when they are first gone to; where that fails, the reason and what to do are said.
import { defineAsyncComponent, type Component } from 'vue';
import Waiting from '../part/Waiting.vue';
import NotLoaded from './NotLoaded.vue';

export function later(loader: () => Promise<{ default: Component }>): Component {
  return defineAsyncComponent({ loader, loadingComponent: Waiting, errorComponent: NotLoaded, delay: 0 });
}

// The home view, followed once for the whole application: every screen's frame needs the posts and the sync state.
import { computed, effectScope } from 'vue';
import { useView } from './view';

const scope = effectScope(true);
const followed = scope.run(() => useView('home', () => ({ see: 'home' })));

export const home = computed(() => followed?.view.value);
export const roles = computed(() => home.value?.posts.map((post) => post.role) ?? []);
/** The village was left so long ago that its register is no longer here, and no visit can be begun. */
export const left = computed(() => home.value?.left ?? false);
export const sync = computed(() => home.value?.sync);

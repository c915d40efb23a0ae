// The words of this deployment: follows the core, which knows the dictionary pack of the policy in force.
import { effectScope, watch } from 'vue';
import { setDictionary } from '../text/text';
import { useView } from './view';

export function followDictionary(): void {
  effectScope(true).run(() => {
    const { view } = useView('dictionary', () => ({ see: 'dictionary' }));
    watch(view, (found) => {
      if (found !== undefined) void setDictionary(found.dictionary);
    });
  });
}

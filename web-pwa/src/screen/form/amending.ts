// Something stored that is being amended. What is typed stays on this device until it is saved or given up; only what was
// changed is sent, each field on its own, so that what another device changed meanwhile stays.
import { computed, shallowRef, type ComputedRef, type ShallowRef } from 'vue';
import { tell, type Command, type FieldValue, type Outcome, type Refusal } from '../../host/client';
import { useAmendment, type Amendment } from '../../state/amendment';
import type { Fields } from '../../state/draft';
import { up } from '../../state/route';
import { say } from '../../state/said';
import { t } from '../../text/text';
import { faultsOf, showFirstFault, type Faults } from './fault';

interface Amended {
  /** The name that what is typed is kept by. */
  name: string;
  /** What is stored. */
  base: () => Fields;
  /** What an earlier visit to the form left behind. */
  kept: Fields;
  /** Where one comes from and goes back to. */
  place: string;
  command: (fields: Fields) => Command;
  /** Who carries it out; the core of this device where nobody else is named. */
  teller?: (command: Command) => Promise<Outcome>;
  /** What is said once it is stored, and what where it was not. */
  words?: { saved: () => [string, string]; refused: (code: Refusal['code']) => string };
  /** What is to be forgotten with the form. */
  forget?: () => Promise<void>;
}

export interface Amending {
  values: Amendment['values'];
  faults: ShallowRef<Faults>;
  problem: ShallowRef<string>;
  saving: ShallowRef<boolean>;
  /** Fields that were changed. */
  count: ComputedRef<number>;
  set: (name: string, value: FieldValue) => void;
  save: () => Promise<void>;
  leave: () => Promise<void>;
}

export function useAmending({ name, base, kept, place, command, teller = tell, words, forget }: Amended): Amending {
  const { values, changes, set: keep, drop } = useAmendment(name, base, kept);
  const faults = shallowRef<Faults>({});
  const problem = shallowRef('');
  const saving = shallowRef(false);
  const count = computed(() => Object.keys(changes.value).length);

  function set(field: string, value: FieldValue): void {
    keep(field, value);
    const { [field]: _, ...rest } = faults.value;
    faults.value = rest;
  }

  async function save(): Promise<void> {
    saving.value = true;
    problem.value = '';
    const outcome = await teller(command({ ...changes.value }));
    saving.value = false;
    if (outcome.outcome === 'done') {
      say(...(words?.saved() ?? ([t('form.amend.saved'), t('form.saved.hint')] as const)));
      await leave();
      return;
    }
    faults.value = faultsOf(outcome.refusal);
    if (Object.keys(faults.value).length > 0) await showFirstFault();
    else problem.value = words?.refused(outcome.refusal.code) ?? t(`refusal.${outcome.refusal.code}`);
  }

  async function leave(): Promise<void> {
    await drop();
    await forget?.();
    up(place);
  }

  return { values, faults, problem, saving, count, set, save, leave };
}

// Faults by field, and the way to the first of them.
import { nextTick } from 'vue';
import type { FieldFault, Refusal } from '../../host/client';

export type Faults = Record<string, FieldFault>;

export function faultsOf(refusal: Refusal): Faults {
  if (refusal.code !== 'fields') return {};
  return Object.fromEntries(refusal.errors.map(({ field, fault }) => [field, fault]));
}

/** Brings the first field with a fault into sight and puts the cursor there. */
export async function showFirstFault(): Promise<void> {
  await nextTick();
  const field = document.querySelector<HTMLElement>('[data-fault]');
  field?.scrollIntoView({ block: 'center' });
  field?.querySelector<HTMLElement>('input, textarea, button')?.focus({ preventScroll: true });
}

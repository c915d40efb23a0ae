// What a unit records of the measures 2 to 8. A township's records are on its phones; of counties and the city the server keeps
// them, and the same commands and views go over its API.
import { shallowRef, type ShallowRef } from 'vue';
import {
  api,
  newId,
  note,
  tell,
  type ApiReply,
  type Command,
  type Outcome,
  type ProgrammeView,
  type RecordKind,
  type RecordView,
  type Refusal,
} from '../host/client';
import { t } from '../text/text';
import { useFetched } from './fetched';
import { useView } from './view';

export interface Seen<V> {
  view: ShallowRef<V | undefined>;
  problem: ShallowRef<string>;
  load(): Promise<void>;
}

/** Whether this device holds what the unit records. */
export function isHere(unit: string): boolean {
  return unit.length === 9;
}

async function get<V>(path: string): Promise<V | ApiReply> {
  const reply = await api('GET', path);
  return reply.status === 200 ? (reply.body as V) : reply;
}

function asked<V extends object>(path: string): Seen<V> {
  const { found: view, problem, load } = useFetched(() => get<V>(path));
  void load();
  return { view, problem, load };
}

export function useProgramme(unit: string): Seen<ProgrammeView> {
  if (!isHere(unit)) return asked(`/api/v1/programme/records?division=${unit}`);
  const { view } = useView('programme', () => ({ see: 'programme', unit }));
  return { view, problem: shallowRef(''), load: async () => {} };
}

/** One record, or without an id the form of a new one. */
export function useRecord(
  unit: string,
  kind: RecordKind,
  record?: string,
): Seen<RecordView> & { missing: ShallowRef<boolean> } {
  if (!isHere(unit)) {
    const id = record === undefined ? '' : `&record=${record}`;
    return {
      ...asked<RecordView>(`/api/v1/programme/record?division=${unit}&kind=${kind}${id}`),
      missing: shallowRef(false),
    };
  }
  const wanted = record === undefined ? {} : { record };
  const { view, missing } = useView('programme_record', () => ({ see: 'programme_record', unit, kind, ...wanted }));
  return { view, missing, problem: shallowRef(''), load: async () => {} };
}

/** The id of the new record whose form is kept on this device: what is saved twice, because an answer was lost, is one. */
export async function idOfNew(unit: string, kind: RecordKind): Promise<string> {
  const key = `record-id:${unit}:${kind}`;
  const kept = await note(key, null);
  if (kept !== null && kept !== '') return kept;
  const id = newId();
  await note(key, id);
  return id;
}

export async function forgetNew(unit: string, kind: RecordKind): Promise<void> {
  await note(`record-id:${unit}:${kind}`, '');
}

/** Carries a command out where the records are. A reply that did not come stored nothing that one could count on. */
export function tellerOf(unit: string): (command: Command) => Promise<Outcome> {
  if (isHere(unit)) return tell;
  return async (command) => {
    const reply = await api('POST', '/api/v1/programme/commands', command);
    if (reply.status === 200) return reply.body as Outcome;
    const code = reply.status === 403 ? 'not_allowed' : reply.status === 404 ? 'not_found' : 'not_stored';
    return { outcome: 'refused', refusal: { code } };
  };
}

/** Why a command was not done. Of a server that did not answer nobody knows whether it stored anything. */
export function refusalText(unit: string, code: Refusal['code']): string {
  return !isHere(unit) && code === 'not_stored' ? t('record.unsure') : t(`refusal.${code}`);
}

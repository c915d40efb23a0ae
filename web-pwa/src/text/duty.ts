// Where a duty stands and until when, in words. Calm ones: a fact and a day, never a reproach.
import type { DutyState, DutyView } from '../host/client';
import { dayText, weekdayShort } from './day';
import { t } from './text';

type Duty = Pick<DutyView, 'kind' | 'reason' | 'window'>;

/** What a cell, a line and an explanation tell apart: states, and of what is not owed whether somebody took it out. */
export type Mark = Exclude<DutyState, 'not_owed'> | 'taken_out' | 'not_owed';

export function markOf(duty: Pick<DutyView, 'reason'>, state: DutyState): Mark {
  if (state !== 'not_owed') return state;
  return duty.reason === 'excused' || duty.reason === 'on_leave' ? 'taken_out' : 'not_owed';
}

/** Until when it may be done or written down; nothing where there is nothing to do. */
export function untilText(duty: Duty, state: DutyState, today: string): string {
  const { opens, closes, record_by } = duty.window;
  if (state === 'ahead') return t('duty.from', { day: dayText(opens, today) });
  if (state !== 'open') return '';
  const last = record_by !== null && record_by > closes ? record_by : closes;
  if (today === last) return t('duty.until.today');
  if (today > closes) return t('duty.until.written', { day: dayText(last, today) });
  if (duty.kind === 'visit') return t('duty.until', { day: weekdayShort(closes) });
  if (last === closes) return t('duty.until', { day: dayText(closes, today) });
  return t('duty.until.both', { day: dayText(closes, today), last: dayText(last, today) });
}

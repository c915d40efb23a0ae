// Days and moments in words. Days are `2015-09-16`, moments are milliseconds; both are shown as in Asia/Shanghai, which
// has no summer time.
import { t, type Key } from './text';

const SHANGHAI_MS = 8 * 3_600_000;
const DAY_MS = 86_400_000;

export function dayOf(moment: number): string {
  return new Date(moment + SHANGHAI_MS).toISOString().slice(0, 10);
}

export function addDays(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

export function weekday(day: string): number {
  return new Date(`${day}T00:00:00Z`).getUTCDay();
}

/** 9月16日, with the year where it is not that of `today`. */
export function dayText(day: string, today?: string): string {
  const [year, month, date] = day.split('-').map(Number);
  if (year === undefined || month === undefined || date === undefined) return day;
  const sameYear = today === undefined || today.startsWith(day.slice(0, 4));
  return t(sameYear ? 'day.month_day' : 'day.full', { year, month, day: date });
}

/** 2016年3月 */
export function monthText(month: string, today: string): string {
  const [year, number] = month.split('-').map(Number);
  if (year === undefined || number === undefined) return month;
  return t(today.startsWith(month.slice(0, 4)) ? 'day.month.only' : 'day.month', { year, month: number });
}

/** 星期三 */
export function weekdayText(day: string): string {
  return t(`day.weekday.${weekday(day)}` as Key);
}

/** 周三 */
export function weekdayShort(day: string): string {
  return t(`day.short.${weekday(day)}` as Key);
}

/** 今天 20:31, 昨天 08:02, 9月14日 20:31 */
export function timeText(moment: number, now = Date.now()): string {
  const day = dayOf(moment);
  const clock = new Date(moment + SHANGHAI_MS).toISOString().slice(11, 16);
  const today = dayOf(now);
  if (day === today) return t('time.today', { clock });
  if (day === addDays(today, -1)) return t('time.yesterday', { clock });
  return t('time.day', { day: dayText(day, today), clock });
}

/** 20:31 */
export function clockText(moment: number): string {
  return new Date(moment + SHANGHAI_MS).toISOString().slice(11, 16);
}

/** The hour of the day, for a greeting. */
export function hourOf(moment: number): number {
  return new Date(moment + SHANGHAI_MS).getUTCHours();
}

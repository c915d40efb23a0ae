// Figures and periods in words: "46/48(免2)", 第 38 周, 下半年.
import type { Tally } from '../host/client';
import { t } from './text';

/** Done of owed, and what was taken out; an empty denominator is no figure. */
export function figureText({ done, owed, excused }: Tally): string {
  const figure = owed === 0 ? '—' : `${done}/${owed}`;
  return excused > 0 ? figure + t('figure.excused', { count: excused }) : figure;
}

/** 第 38 周, 9 月, 第 4 季度, 下半年, 任职第 1 年; with the year where it is not that of `today`. */
export function periodText(period: string, today?: string): string {
  const { year, name } = parts(period);
  const sameYear = year === '' || today === undefined || today.startsWith(year);
  return sameYear ? name : t('period.of_year', { year, period: name });
}

/** The same for a small cell: 38周, 9月. */
export function periodShort(period: string): string {
  return parts(period, '.short').name;
}

function parts(period: string, length: '' | '.short' = ''): { year: string; name: string } {
  const named = /^tenure-year-(\d+)$/.exec(period);
  if (named) return { year: '', name: t(`period.tenure_year${length}`, { number: named[1] ?? '' }) };
  const [, year = '', letter = '', digits = ''] = /^(\d{4})-([WQH]?)(\d+)$/.exec(period) ?? [];
  const number = Number(digits);
  if (letter === 'W') return { year, name: t(`period.week${length}`, { number }) };
  if (letter === 'Q') return { year, name: t(`period.quarter${length}`, { number }) };
  if (letter === 'H') return { year, name: t(number === 1 ? 'period.half.first' : 'period.half.second') };
  return { year, name: t(`period.month${length}`, { number }) };
}

// What assessments and grades are called.
import { dayText } from '../../text/day';
import { periodText } from '../../text/figure';
import { t, word } from '../../text/text';
import type { Assessment, AssessmentKind, Grade } from './assessment';

/** 2015年下半年考核, 2016年度考核, 期满考核. */
export function nameOf({ kind, period }: { kind: AssessmentKind; period: string }): string {
  const of = kind === 'half_year' ? periodText(period, '') : period;
  return t(`assess.kind.${kind}`, { period: of });
}

export function daysOf({ from, to }: Assessment): string {
  return t('assess.days', { from: dayText(from, ''), to: dayText(to, '') });
}

export function gradeText(grade: Grade): string {
  return word('assess.grade', grade, 'assess.grade.other');
}

// What a person needs to know of a household to pick it from the register: who, where, and when it was last visited.
import type { HouseholdView } from '../../host/client';
import { addDays, dayText } from '../../text/day';
import { initials } from '../../text/pinyin';
import { t, word } from '../../text/text';

const SUGGESTIONS = 4;

export function placeText(household: HouseholdView): string {
  const members = household.members === null ? '' : t('household.members', { count: household.members });
  const standing = household.standing === 'unverified' ? t('household.unverified') : '';
  return [household.group, household.number, members, standing].filter((part) => part !== '').join(' · ');
}

export function statusText(household: HouseholdView): string {
  return household.status === '' ? '' : word('household.status', household.status, 'choice.unknown');
}

export function visitedText(household: HouseholdView, today: string): string {
  if (household.visited_on === null) return t('household.never');
  return t('household.visited', { day: dayText(household.visited_on, today) });
}

const since = (household: HouseholdView) => household.visited_on ?? '';
const text = ({ head, group, number }: HouseholdView) => `${head} ${group} ${number}`.toLowerCase();

const order = ({ number, group, head }: HouseholdView) => `${number === '' ? '~' : number} ${group} ${head}`;

/** By number as the register has it; those without one last. */
export function sorted(households: HouseholdView[]): HouseholdView[] {
  const copy = [...households];
  copy.sort((one, other) => order(one).localeCompare(order(other), 'zh', { numeric: true }));
  return copy;
}

/** Those not visited for longest, or never, first: a hint where to go, for nobody but who goes. */
export function suggested(households: HouseholdView[]): HouseholdView[] {
  const open = households.filter((household) => household.standing !== 'inactive');
  open.sort((one, other) => since(one).localeCompare(since(other)));
  return open.slice(0, SUGGESTIONS);
}

/** Days after which a household was not visited for long. */
const LONG_AGO_DAYS = 90;

export function isLongAgo(household: HouseholdView, today: string): boolean {
  return since(household) < addDays(today, -LONG_AGO_DAYS);
}

function reads(household: HouseholdView, part: string): boolean {
  return text(household).includes(part) || initials(household.head).some((letters) => letters.startsWith(part));
}

/** By name, group and number as they are written, or by the first letters of the name in pinyin. */
export function found(households: HouseholdView[], typed: string): HouseholdView[] {
  const words = typed.trim().toLowerCase().split(/\s+/);
  return households.filter((household) => words.every((part) => reads(household, part)));
}

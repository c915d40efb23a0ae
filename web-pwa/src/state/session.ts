// Who is signed in at this tab and how far it has come, as the screens see it.
import { shallowRef } from 'vue';
import { onStatus, type Role, type Status } from '../host/client';

export const status = shallowRef<Status>({ phase: 'starting', person: null, mustChangePassword: false, lost: false });
/** The person asked to sign in again over work that waits. */
export const signingInAgain = shallowRef(false);

/** The password of the sign-in just made, so that a first one need not be typed again; in memory only. */
export const justTyped = shallowRef('');

onStatus((next) => {
  status.value = next;
  if (next.phase === 'open' && !next.mustChangePassword) justTyped.value = '';
});

export function keepsLog(roles: Role[]): boolean {
  return roles.includes('first_secretary') || roles.includes('team_member');
}

export function reviews(roles: Role[]): boolean {
  return roles.includes('township_reviewer');
}

export function hasDesk(roles: Role[]): boolean {
  return roles.includes('county') || roles.includes('city');
}

export function administers(roles: Role[]): boolean {
  return roles.includes('administrator');
}

export function audits(roles: Role[]): boolean {
  return roles.includes('auditor');
}

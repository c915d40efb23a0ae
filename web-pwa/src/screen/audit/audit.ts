// The audit log: asked of the server, kept nowhere.
import { api, download, type ApiReply, type FileReply } from '../../host/client';
import type { Rows } from '../../state/fetched';
import { succeeded } from '../../state/problem';

/** What may stand in the log. */
export const deeds = [
  'account.added',
  'account.locked',
  'account.password_changed',
  'account.reset',
  'account.unlocked',
  'assessment.written',
  'audit.exported',
  'backup.completed',
  'backup.restored',
  'calendar.imported',
  'demo.made',
  'device.revoked',
  'divisions.imported',
  'excusals.imported',
  'export.made',
  'feedback.answered',
  'household.erased',
  'import.undone',
  'leave.approved',
  'leave.declined',
  'leave.imported',
  'parked.dismissed',
  'parked.released',
  'policy.imported',
  'poor_villages.imported',
  'roster.applied',
  'scope.refused',
  'session.begun',
  'session.ended',
  'session.failed',
  'session.locked_out',
  'session.refused',
  'selection.written',
  'tenure.ended',
  'tenure.succeeded',
  'tenure.transferred',
] as const;

export interface AuditRow {
  number: number;
  at_ms: number;
  person: { id: string; name: string } | null;
  login: string;
  action: string;
  subject: string;
  subject_name: string;
  detail: string;
}

interface Chain {
  rows: number;
  broken_at: number | null;
}

/** What is looked for; empty texts look for nothing. */
export interface Search {
  from: string;
  to: string;
  person: string;
  action: string;
  subject: string;
}

export const everything: Search = { from: '', to: '', person: '', action: '', subject: '' };

const asked = (search: Search) => new URLSearchParams({ ...search });

/** Those that fit, the newest first, before this row. */
export async function auditRows(search: Search, before?: AuditRow): Promise<Rows<AuditRow> | ApiReply> {
  const query = asked(search);
  if (before !== undefined) query.set('before', String(before.number));
  const reply = await api('GET', `/api/v1/audit?${query.toString()}`);
  return succeeded(reply) ? (reply.body as Rows<AuditRow>) : reply;
}

export async function auditChain(): Promise<Chain | ApiReply> {
  const reply = await api('GET', '/api/v1/audit/chain');
  return succeeded(reply) ? (reply.body as Chain) : reply;
}

export function exportAudit(search: Search): Promise<FileReply> {
  return download(`/api/v1/audit/export?${asked(search).toString()}`);
}

// Leave that was asked for, and what the county decides of it: asked of the server, kept nowhere.
import { api, type ApiReply, type LeaveKind, type LeaveStep } from '../../host/client';
import { succeeded } from '../../state/problem';

export interface LeaveRequest {
  entry: string;
  /** In whose log it stands. */
  tenure: string;
  version: string;
  person: string;
  village: string;
  village_name: string;
  kind: LeaveKind;
  from: string;
  to: string;
  days: number;
  asked_on: string | null;
  reported_back: string | null;
  destination: string;
  grounds: string;
  step: LeaveStep;
  for_county: boolean;
  note: string;
  may_decide: boolean;
}

export async function leaveRequests(division: string): Promise<LeaveRequest[] | ApiReply> {
  const reply = await api('GET', `/api/v1/leave-requests?division=${encodeURIComponent(division)}`);
  return succeeded(reply) ? (reply.body as LeaveRequest[]) : reply;
}

export function decide({ entry, tenure, version }: LeaveRequest, approved: boolean, note: string): Promise<ApiReply> {
  return api('POST', `/api/v1/leave-requests/${entry}/decision`, { tenure, version, approved, note });
}

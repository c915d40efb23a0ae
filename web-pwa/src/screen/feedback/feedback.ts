// Feedback that the server has: one's own, and for counties and the city what they own.
import { api, type ApiReply } from '../../host/client';
import { succeeded } from '../../state/problem';

export interface Feedback {
  id: string;
  by: string;
  owner_name: string;
  text: string;
  written_ms: number;
  replies: { number: number; text: string; by: string; at_ms: number }[];
}

export async function ownFeedback(): Promise<Feedback[] | ApiReply> {
  const reply = await api('GET', '/api/v1/feedback');
  return succeeded(reply) ? (reply.body as Feedback[]) : reply;
}

export async function ownedFeedback(): Promise<Feedback[] | ApiReply> {
  const reply = await api('GET', '/api/v1/feedback-owned');
  return succeeded(reply) ? (reply.body as Feedback[]) : reply;
}

export function answer({ id, replies }: Feedback, text: string): Promise<ApiReply> {
  return api('POST', `/api/v1/feedback/${id}/reply`, { number: replies.at(-1)?.number ?? 0, text });
}

// A device as the server lists it.
export interface Device {
  id: string;
  label: string;
  first_seen_ms: number;
  last_seen_ms: number;
  revoked_ms: number | null;
  signed_in: boolean;
  this: boolean;
}

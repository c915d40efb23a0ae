// What a main place of the application is.
export interface Tab {
  key: 'home' | 'entries' | 'review' | 'desk' | 'me';
  /** The first part of its path. */
  place: string;
  icon: string;
  /** What waits there for this person. */
  count: number;
}

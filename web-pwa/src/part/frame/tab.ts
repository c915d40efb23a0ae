// What a main place of the application is.
import type { GlyphName } from '../glyph';

export interface Tab {
  key: 'home' | 'entries' | 'begin' | 'issues' | 'review' | 'desk' | 'admin' | 'audit' | 'me';
  /** The first part of its path. */
  place: string;
  icon: GlyphName;
  /** What waits there for this person. */
  count: number;
}

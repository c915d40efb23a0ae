-- The scope version from which on a tenure that is over grants its holder no more than what they wrote themselves; NULL while it
-- grants the village.
ALTER TABLE tenure ADD COLUMN left_version INTEGER;

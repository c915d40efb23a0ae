-- What an entry says to the duties of its kind, so that desks count all seven by the rules of the phones.
-- day: the one that decides its period. made_on: when its device made it what it is; NULL when the clock was not plausible.
-- periods: the names of those that it may fill, the earlier first, with spaces between; empty when it does not count.
ALTER TABLE entry ADD COLUMN day TEXT;
ALTER TABLE entry ADD COLUMN made_on TEXT;
ALTER TABLE entry ADD COLUMN periods TEXT NOT NULL DEFAULT '';

-- Rows that were there are counted anew when the file is opened.
INSERT INTO meta SELECT 'recount', 1 WHERE EXISTS (SELECT 1 FROM entry);

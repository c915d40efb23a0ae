-- Drafts: each is one person's, and goes to that person's devices alone.

-- entry: the id that the draft has as an entry. document: the id of its document, in the generation that it is in. closed:
-- the number in the feed with which it was done; NULL while it is open. recorded: it became an entry, and was not thrown
-- away. seen: of each actor (16 bytes) the last change (8 bytes) that who closed it had seen.
CREATE TABLE draft (
    entry    BLOB PRIMARY KEY CHECK (length(entry) = 16),
    person   BLOB NOT NULL REFERENCES person,
    village  INTEGER NOT NULL,
    feed     INTEGER NOT NULL,
    document BLOB NOT NULL CHECK (length(document) = 21),
    closed   INTEGER,
    recorded INTEGER CHECK (recorded IN (0, 1)),
    seen     BLOB
) STRICT, WITHOUT ROWID;

CREATE INDEX draft_of_person ON draft (person, feed, closed);

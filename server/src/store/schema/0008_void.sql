-- Voids 作废 of entries that were reviewed, and restorations of what was withdrawn or voided.
CREATE TABLE event_with_voids (
    id       BLOB PRIMARY KEY CHECK (length(id) = 16),
    entry    BLOB NOT NULL CHECK (length(entry) = 16),
    what     TEXT NOT NULL
             CHECK (what IN ('confirmed', 'returned', 'answered', 'withdrawn', 'voided', 'restored')),
    -- The version a review speaks of.
    version  TEXT,
    -- The return an answer speaks to; the withdrawal or void that a restoration undoes.
    answers  BLOB CHECK (length(answers) = 16),
    at_ms    INTEGER NOT NULL,
    -- 1 for what the township said, 0 for what the author did: each restores its own.
    township INTEGER NOT NULL CHECK (township IN (0, 1))
) STRICT, WITHOUT ROWID;

INSERT INTO event_with_voids SELECT id, entry, what, version, answers, at_ms, what IN ('confirmed', 'returned') FROM event;
DROP TABLE event;
ALTER TABLE event_with_voids RENAME TO event;
CREATE INDEX event_by_entry ON event (entry);

-- Questions 询问 about entries, and the answers to them.
CREATE TABLE event_with_questions (
    id          BLOB PRIMARY KEY CHECK (length(id) = 16),
    entry       BLOB NOT NULL CHECK (length(entry) = 16),
    what        TEXT NOT NULL
                CHECK (what IN ('confirmed', 'returned', 'questioned', 'answered', 'withdrawn', 'voided', 'restored')),
    -- The version a review or a question speaks of.
    version     TEXT,
    -- What an answer speaks to; the withdrawal, void, review or question that a restoration undoes.
    answers     BLOB CHECK (length(answers) = 16),
    at_ms       INTEGER NOT NULL,
    -- 1 for what the township said, 0 for what the author did: each restores its own.
    township    INTEGER NOT NULL CHECK (township IN (0, 1)),
    -- When the server received it; of what was said before that was kept it is not known.
    received_ms INTEGER
) STRICT, WITHOUT ROWID;

INSERT INTO event_with_questions SELECT id, entry, what, version, answers, at_ms, township, received_ms FROM event;
DROP TABLE event;
ALTER TABLE event_with_questions RENAME TO event;
CREATE INDEX event_by_entry ON event (entry);

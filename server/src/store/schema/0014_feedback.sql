-- Feedback 投诉建议 of people of any role, and what its owner answered, each time.
CREATE TABLE feedback (
    -- Minted on the device, so that what comes twice is one.
    id          BLOB PRIMARY KEY CHECK (length(id) = 16),
    person      BLOB NOT NULL REFERENCES person,
    -- The county or the city that answers.
    owner       INTEGER NOT NULL REFERENCES division,
    text        TEXT NOT NULL,
    -- By the device, and by the server.
    written_ms  INTEGER NOT NULL,
    received_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX feedback_by_person ON feedback (person);

CREATE TABLE feedback_reply (
    feedback  BLOB NOT NULL REFERENCES feedback,
    number    INTEGER NOT NULL CHECK (number > 0),
    text      TEXT NOT NULL,
    by_person BLOB NOT NULL REFERENCES person,
    at_ms     INTEGER NOT NULL,
    PRIMARY KEY (feedback, number)
) STRICT, WITHOUT ROWID;

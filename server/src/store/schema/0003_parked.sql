-- Changes by people who might write to a document once and may no more, in the order they came. While some of a device's
-- are open, all that it brings of that document is put behind them.
-- settled_ms, settled_by: when, and by whom, they were taken (released) or dismissed; NULL while they are open, and
-- settled_by also when it was the command line. why: what the author is told of a dismissal.
CREATE TABLE parked (
    key         INTEGER PRIMARY KEY,
    document    BLOB NOT NULL CHECK (length(document) = 21),
    village     INTEGER NOT NULL,
    person      BLOB NOT NULL REFERENCES person,
    device      BLOB NOT NULL REFERENCES device,
    incarnation INTEGER NOT NULL,
    actor       BLOB NOT NULL CHECK (length(actor) = 16),
    seq         INTEGER NOT NULL,
    hash        BLOB NOT NULL CHECK (length(hash) = 32),
    received_ms INTEGER NOT NULL,
    bytes       BLOB NOT NULL,
    settled_ms  INTEGER,
    settled_by  BLOB REFERENCES person,
    released    INTEGER CHECK (released IN (0, 1)),
    why         TEXT,
    -- The command that made it together with changes of other documents.
    command     BLOB CHECK (length(command) = 16),
    CHECK ((settled_ms IS NULL) = (released IS NULL)),
    UNIQUE (document, hash)
) STRICT;

CREATE INDEX parked_open ON parked (device, document) WHERE settled_ms IS NULL;
CREATE INDEX parked_of_person ON parked (person, key);

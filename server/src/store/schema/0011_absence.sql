-- Leave that is asked for in logs, what counties decide of it, and excusals that townships write in reviews.

-- One row for each entry of the kind leave whose record can be read as one; where it stands is in the entry's row.
CREATE TABLE leave_request (
    entry         BLOB PRIMARY KEY CHECK (length(entry) = 16),
    kind          TEXT NOT NULL,
    from_day      TEXT NOT NULL,
    to_day        TEXT NOT NULL,
    reported_back TEXT
) STRICT, WITHOUT ROWID;

-- What the county decided, of the version that it read. It may change its mind.
CREATE TABLE leave_decision (
    entry     BLOB NOT NULL CHECK (length(entry) = 16),
    version   TEXT NOT NULL,
    approved  INTEGER NOT NULL CHECK (approved IN (0, 1)),
    by_person BLOB NOT NULL REFERENCES person,
    at_ms     INTEGER NOT NULL,
    note      TEXT NOT NULL,
    PRIMARY KEY (entry, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE township_excusal (
    event  BLOB PRIMARY KEY CHECK (length(event) = 16),
    tenure BLOB NOT NULL CHECK (length(tenure) = 16),
    kind   TEXT NOT NULL,
    period TEXT NOT NULL,
    basis  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX township_excusal_by_tenure ON township_excusal (tenure);

-- The event that takes one back may come before it.
CREATE TABLE township_excusal_taken_back (
    event BLOB PRIMARY KEY CHECK (length(event) = 16)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER reference_decision_new AFTER INSERT ON leave_decision BEGIN UPDATE reference SET version = version + 1; END;
CREATE TRIGGER reference_decision AFTER UPDATE ON leave_decision BEGIN UPDATE reference SET version = version + 1; END;

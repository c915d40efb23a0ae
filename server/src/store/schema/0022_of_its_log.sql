-- Rows of entries, of what was said of them and of leave are those of the log they stand in. An id alone says nothing: two logs may
-- hold one, be it that a form was recorded on two devices in two postings, or that somebody copied the id of another's entry.
CREATE TABLE entry_of_log (
    id          BLOB NOT NULL CHECK (length(id) = 16),
    tenure      BLOB NOT NULL REFERENCES tenure,
    village     INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    occurred_on TEXT,
    created_ms  INTEGER,
    -- When the latest version came.
    received_ms INTEGER NOT NULL,
    version     TEXT NOT NULL,
    state       TEXT NOT NULL,
    counts      TEXT NOT NULL,
    -- As 0006 and 0018 tell them.
    day         TEXT,
    made_on     TEXT,
    periods     TEXT NOT NULL DEFAULT '',
    late        INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1)),
    PRIMARY KEY (tenure, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE event_of_log (
    tenure      BLOB NOT NULL CHECK (length(tenure) = 16),
    id          BLOB NOT NULL CHECK (length(id) = 16),
    entry       BLOB NOT NULL CHECK (length(entry) = 16),
    what        TEXT NOT NULL
                CHECK (what IN ('confirmed', 'returned', 'questioned', 'answered', 'withdrawn', 'voided', 'restored')),
    -- As 0012 tells them.
    version     TEXT,
    answers     BLOB CHECK (length(answers) = 16),
    at_ms       INTEGER NOT NULL,
    township    INTEGER NOT NULL CHECK (township IN (0, 1)),
    received_ms INTEGER,
    PRIMARY KEY (tenure, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE leave_request_of_log (
    tenure        BLOB NOT NULL CHECK (length(tenure) = 16),
    entry         BLOB NOT NULL CHECK (length(entry) = 16),
    kind          TEXT NOT NULL,
    from_day      TEXT NOT NULL,
    to_day        TEXT NOT NULL,
    reported_back TEXT,
    PRIMARY KEY (tenure, entry)
) STRICT, WITHOUT ROWID;

CREATE TABLE leave_decision_of_log (
    tenure    BLOB NOT NULL CHECK (length(tenure) = 16),
    entry     BLOB NOT NULL CHECK (length(entry) = 16),
    version   TEXT NOT NULL,
    approved  INTEGER NOT NULL CHECK (approved IN (0, 1)),
    by_person BLOB NOT NULL REFERENCES person,
    at_ms     INTEGER NOT NULL,
    note      TEXT NOT NULL,
    PRIMARY KEY (tenure, entry, version)
) STRICT, WITHOUT ROWID;

INSERT INTO entry_of_log
    SELECT id, tenure, village, kind, occurred_on, created_ms, received_ms, version, state, counts, day, made_on, periods, late
    FROM entry;
-- What was said of an entry that never came is read again from the documents when the file is opened.
INSERT INTO event_of_log
    SELECT entry.tenure, event.id, entry, what, event.version, answers, at_ms, township, event.received_ms
    FROM event JOIN entry ON entry.id = event.entry;
INSERT INTO leave_request_of_log
    SELECT entry.tenure, entry, leave_request.kind, from_day, to_day, reported_back
    FROM leave_request JOIN entry ON entry.id = leave_request.entry;
INSERT INTO leave_decision_of_log
    SELECT entry.tenure, entry, leave_decision.version, approved, by_person, at_ms, note
    FROM leave_decision JOIN entry ON entry.id = leave_decision.entry;

DROP TABLE leave_decision;
DROP TABLE leave_request;
DROP TABLE event;
DROP TABLE entry;
ALTER TABLE entry_of_log RENAME TO entry;
ALTER TABLE event_of_log RENAME TO event;
ALTER TABLE leave_request_of_log RENAME TO leave_request;
ALTER TABLE leave_decision_of_log RENAME TO leave_decision;

CREATE INDEX entry_by_village ON entry (village, kind, occurred_on);
CREATE INDEX entry_by_id ON entry (id);
CREATE INDEX leave_of_tenure ON entry (tenure) WHERE kind = 'leave';
CREATE INDEX leave_of_village ON entry (village) WHERE kind = 'leave';
CREATE INDEX event_by_entry ON event (tenure, entry);

-- What 0011 and 0019 say of these tables; they went with them.
CREATE TRIGGER reference_decision_new AFTER INSERT ON leave_decision BEGIN UPDATE reference SET version = version + 1; END;
CREATE TRIGGER reference_decision AFTER UPDATE ON leave_decision BEGIN UPDATE reference SET version = version + 1; END;
CREATE TRIGGER figures_entry_new AFTER INSERT ON entry
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = NEW.tenure; END;
CREATE TRIGGER figures_entry AFTER UPDATE ON entry
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id IN (OLD.tenure, NEW.tenure); END;
CREATE TRIGGER figures_entry_gone AFTER DELETE ON entry
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = OLD.tenure; END;
CREATE TRIGGER figures_event_new AFTER INSERT ON event
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = NEW.tenure; END;
CREATE TRIGGER figures_event AFTER UPDATE ON event
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = NEW.tenure; END;
CREATE TRIGGER figures_event_gone AFTER DELETE ON event
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = OLD.tenure; END;
CREATE TRIGGER figures_request_new AFTER INSERT ON leave_request
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = NEW.tenure; END;
CREATE TRIGGER figures_request AFTER UPDATE ON leave_request
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = NEW.tenure; END;
CREATE TRIGGER figures_request_gone AFTER DELETE ON leave_request
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = OLD.tenure; END;
CREATE TRIGGER figures_decision_new AFTER INSERT ON leave_decision
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = NEW.tenure; END;
CREATE TRIGGER figures_decision AFTER UPDATE ON leave_decision
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = NEW.tenure; END;
CREATE TRIGGER figures_decision_gone AFTER DELETE ON leave_decision
BEGIN UPDATE tenure SET figures_version = figures_version + 1 WHERE id = OLD.tenure; END;

INSERT INTO meta SELECT 'recount', 1 WHERE EXISTS (SELECT 1 FROM document) ON CONFLICT DO NOTHING;

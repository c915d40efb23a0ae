-- Leave 请假/外出 and excusals 免计, as they were approved: what takes days and periods out of a tenure's duties.

-- approved_by: who approved it; NULL while nobody has, and then it takes no day out. reported_back: the day of 销假.
CREATE TABLE leave (
    tenure            BLOB NOT NULL REFERENCES tenure,
    from_day          TEXT NOT NULL,
    to_day            TEXT NOT NULL,
    kind              TEXT NOT NULL,
    counts_as_present INTEGER NOT NULL CHECK (counts_as_present IN (0, 1)),
    approved_by       BLOB REFERENCES person,
    reported_back     TEXT,
    PRIMARY KEY (tenure, from_day),
    CHECK (from_day <= to_day)
) STRICT, WITHOUT ROWID;

-- period: the name of one of the tenure's periods of the kind. by_person: who excused it.
CREATE TABLE excusal (
    tenure    BLOB NOT NULL REFERENCES tenure,
    kind      TEXT NOT NULL,
    period    TEXT NOT NULL,
    basis     TEXT NOT NULL,
    by_person BLOB NOT NULL REFERENCES person,
    note      TEXT NOT NULL,
    PRIMARY KEY (tenure, kind, period)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER reference_leave_new AFTER INSERT ON leave BEGIN UPDATE reference SET version = version + 1; END;
CREATE TRIGGER reference_leave AFTER UPDATE ON leave BEGIN UPDATE reference SET version = version + 1; END;
CREATE TRIGGER reference_excusal_new AFTER INSERT ON excusal BEGIN UPDATE reference SET version = version + 1; END;
CREATE TRIGGER reference_excusal AFTER UPDATE ON excusal BEGIN UPDATE reference SET version = version + 1; END;
CREATE TRIGGER reference_excusal_gone AFTER DELETE ON excusal BEGIN UPDATE reference SET version = version + 1; END;

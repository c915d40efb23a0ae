-- The rules that duties follow: policies 口径 and calendars of working days, version upon version. No row is ever changed
-- or deleted: a correction is a version of its own.

-- text: the whole policy as JSON.
CREATE TABLE policy (
    version     INTEGER PRIMARY KEY,
    imported_ms INTEGER NOT NULL,
    text        TEXT NOT NULL
) STRICT;

-- Of a year its highest version is in force; of one without a row, what the program was built with.
-- text: the holidays and make-up workdays of the year as JSON.
CREATE TABLE calendar (
    year        INTEGER NOT NULL,
    version     INTEGER NOT NULL,
    imported_ms INTEGER NOT NULL,
    text        TEXT NOT NULL,
    PRIMARY KEY (year, version)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER reference_policy AFTER INSERT ON policy BEGIN UPDATE reference SET version = version + 1; END;
CREATE TRIGGER reference_calendar AFTER INSERT ON calendar BEGIN UPDATE reference SET version = version + 1; END;

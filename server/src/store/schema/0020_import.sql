-- Imports 导入 of files, and what stood before each, so that one can be undone.

-- person: NULL for the command line. reach: the smallest division that holds all that it was about; NULL for the whole
-- deployment. digest: of the file and of the plan that was shown.
CREATE TABLE import (
    number    INTEGER PRIMARY KEY,
    kind      TEXT NOT NULL CHECK (kind IN ('roster', 'poor_villages', 'policy', 'calendar')),
    at_ms     INTEGER NOT NULL,
    person    BLOB REFERENCES person,
    reach     INTEGER,
    digest    TEXT NOT NULL,
    added     INTEGER NOT NULL,
    changed   INTEGER NOT NULL,
    ended     INTEGER NOT NULL,
    undone_ms INTEGER,
    undone_by BLOB REFERENCES person
) STRICT;

CREATE INDEX import_by_person ON import (person);
CREATE INDEX import_by_undone_by ON import (undone_by);

-- text: what was written in the place of what, as JSON. Those of the latest imports are kept.
CREATE TABLE import_replaced (
    import INTEGER NOT NULL REFERENCES import,
    at     INTEGER NOT NULL,
    text   TEXT NOT NULL,
    PRIMARY KEY (import, at)
) STRICT, WITHOUT ROWID;

-- A tenure that an import added may be taken back.
CREATE TRIGGER reference_tenure_gone AFTER DELETE ON tenure BEGIN UPDATE reference SET version = version + 1; END;

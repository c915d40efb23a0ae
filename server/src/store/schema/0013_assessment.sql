-- Assessments 考核 of tenures: what the township and the county wrote, each time they wrote it. The latest number of a part
-- is what stands; the ones before it are kept.

CREATE TABLE assessment_part (
    tenure    BLOB NOT NULL REFERENCES tenure,
    kind      TEXT NOT NULL CHECK (kind IN ('half_year', 'annual', 'term_end')),
    -- 2015-H2, 2015; term at the end.
    period    TEXT NOT NULL,
    part      TEXT NOT NULL CHECK (part IN ('township', 'county')),
    number    INTEGER NOT NULL CHECK (number > 0),
    by_person BLOB NOT NULL REFERENCES person,
    at_ms     INTEGER NOT NULL,
    opinion   TEXT NOT NULL,
    -- Of the township: how many voted for each grade, from the best down; all of them or none.
    excellent INTEGER,
    competent INTEGER,
    basic     INTEGER,
    failing   INTEGER,
    -- Of the county.
    grade     TEXT,
    credit    TEXT,
    PRIMARY KEY (tenure, kind, period, part, number),
    CHECK (part = 'township' OR excellent IS NULL),
    CHECK (part = 'county' OR (grade IS NULL AND credit IS NULL)),
    CHECK ((excellent IS NULL) = (competent IS NULL) AND (excellent IS NULL) = (basic IS NULL)
        AND (excellent IS NULL) = (failing IS NULL))
) STRICT, WITHOUT ROWID;

-- What units recorded of the measures 2 to 8, beside the documents it is in: a row a record, so that figures of a city need no
-- document. An id is that of a record within its document, which is of a unit and a year. `fields` is a JSON object of what is
-- shown of the record.
CREATE TABLE record (
    unit   INTEGER NOT NULL REFERENCES division,
    year   INTEGER NOT NULL,
    id     BLOB NOT NULL CHECK (length(id) = 16),
    kind   TEXT NOT NULL,
    fields TEXT NOT NULL,
    PRIMARY KEY (unit, year, id)
) STRICT, WITHOUT ROWID;

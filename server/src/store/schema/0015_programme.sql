-- What units recorded of the measures 2 to 8, beside the documents it is in: a row a record, so that figures of a city need no
-- document. `fields` is a JSON object of what is shown of the record.
CREATE TABLE record (
    id     BLOB PRIMARY KEY CHECK (length(id) = 16),
    unit   INTEGER NOT NULL REFERENCES division,
    kind   TEXT NOT NULL,
    fields TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX record_by_unit ON record (unit);

-- What a roll-up counts beside the duties. Whether an entry was made later than is on time, by the policies; and issues 问题诉求
-- of villages, a row an issue, without what anybody wrote or about whom. Entries are counted anew, and issues read.
ALTER TABLE entry ADD COLUMN late INTEGER NOT NULL DEFAULT 0 CHECK (late IN (0, 1));

CREATE TABLE issue (
    village   INTEGER NOT NULL,
    id        BLOB NOT NULL CHECK (length(id) = 16),
    -- By the clock of the device that raised it.
    raised_on TEXT,
    category  TEXT NOT NULL,
    level     TEXT NOT NULL,
    state     TEXT NOT NULL,
    closed_on TEXT,
    PRIMARY KEY (village, id)
) STRICT, WITHOUT ROWID;

INSERT INTO meta SELECT 'recount', 1 WHERE EXISTS (SELECT 1 FROM document) ON CONFLICT DO NOTHING;

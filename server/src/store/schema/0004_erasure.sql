-- What was erased, and what follows on it.

-- Households that were erased: nothing that names one is taken in again. feed: that of their village's county.
CREATE TABLE erased (
    household BLOB PRIMARY KEY CHECK (length(household) = 16),
    feed      INTEGER NOT NULL,
    erased_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The generation that a document is in, where that is not the first. owner: the first 17 bytes of its id; document: the
-- whole id. Those of earlier generations are superseded: they are never loaded, sent or written to, and in the place of a
-- bundle's line stand the hashes (32 bytes each) of its changes, by which their author learns that they had come.
CREATE TABLE generation (
    owner    BLOB PRIMARY KEY CHECK (length(owner) = 17),
    document BLOB NOT NULL CHECK (length(document) = 21)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER reference_erased AFTER INSERT ON erased BEGIN UPDATE reference SET version = version + 1; END;

-- What phones log: documents with their changes, in feeds; what was refused; and the rows that desks read.

-- One per county (code of the county): what was accepted takes the next number in the accepting transaction.
CREATE TABLE feed (
    code   INTEGER PRIMARY KEY,
    last   INTEGER NOT NULL,
    -- The digest after `last`; see bundle.digest.
    digest INTEGER NOT NULL
) STRICT;

-- id: the 21 bytes of the core's document id. holder: whose log or review it is; NULL for a village's documents.
CREATE TABLE document (
    key         INTEGER PRIMARY KEY,
    id          BLOB NOT NULL UNIQUE CHECK (length(id) = 21),
    feed        INTEGER NOT NULL REFERENCES feed,
    township    INTEGER NOT NULL,
    village     INTEGER NOT NULL,
    holder      BLOB CHECK (length(holder) = 16),
    -- The number of its latest bundle in the feed.
    last_number INTEGER NOT NULL
) STRICT;

CREATE INDEX document_by_township ON document (township, last_number);

-- Who stands behind an actor of a document. The device is not known of what another's replica gave back.
CREATE TABLE actor (
    key      INTEGER PRIMARY KEY,
    document INTEGER NOT NULL REFERENCES document,
    actor    BLOB NOT NULL CHECK (length(actor) = 16),
    device   BLOB REFERENCES device,
    person   BLOB NOT NULL REFERENCES person,
    UNIQUE (document, actor)
) STRICT;

-- Changes of one actor that were accepted together, which take one number of the feed.
-- hash: of the last of them. digest: the first 8 bytes of SHA-256(digest before, hashes of the changes), so that a
-- rolled-back file is noticed. bytes: the core's line of the changes, deflated; checksum: the first 8 bytes of their
-- SHA-256, so that a flipped bit is.
CREATE TABLE bundle (
    key         INTEGER PRIMARY KEY,
    feed        INTEGER NOT NULL,
    number      INTEGER NOT NULL,
    document    INTEGER NOT NULL REFERENCES document,
    actor       INTEGER NOT NULL REFERENCES actor,
    first_seq   INTEGER NOT NULL,
    last_seq    INTEGER NOT NULL,
    received_ms INTEGER NOT NULL,
    hash        BLOB NOT NULL CHECK (length(hash) = 32),
    digest      INTEGER NOT NULL,
    checksum    INTEGER NOT NULL,
    bytes       BLOB NOT NULL
) STRICT;

-- Bundles that were found damaged, until a replica gave them back.
CREATE TABLE damaged (
    bundle INTEGER PRIMARY KEY REFERENCES bundle
) STRICT;

CREATE UNIQUE INDEX bundle_in_feed ON bundle (feed, number);
CREATE INDEX bundle_of_document ON bundle (document, number);

-- A document saved whole up to a number, so that loading it does not replay its life. One whose checksum is not that of
-- its bytes is not used.
CREATE TABLE snapshot (
    document INTEGER PRIMARY KEY REFERENCES document,
    number   INTEGER NOT NULL,
    checksum INTEGER NOT NULL,
    bytes    BLOB NOT NULL
) STRICT;

-- Bytes that the gate refused, with why and from whom.
CREATE TABLE quarantine (
    key         INTEGER PRIMARY KEY,
    received_ms INTEGER NOT NULL,
    person      BLOB NOT NULL,
    device      BLOB NOT NULL,
    document    BLOB NOT NULL,
    code        TEXT NOT NULL,
    bytes       BLOB NOT NULL
) STRICT;

-- The read model: entries and what was said of them, kept by the accepting transaction.
CREATE TABLE entry (
    id          BLOB PRIMARY KEY CHECK (length(id) = 16),
    tenure      BLOB NOT NULL REFERENCES tenure,
    village     INTEGER NOT NULL,
    kind        TEXT NOT NULL,
    occurred_on TEXT,
    created_ms  INTEGER,
    -- When the latest version came.
    received_ms INTEGER NOT NULL,
    version     TEXT NOT NULL,
    state       TEXT NOT NULL,
    counts      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX entry_by_village ON entry (village, kind, occurred_on);

CREATE TABLE event (
    id      BLOB PRIMARY KEY CHECK (length(id) = 16),
    entry   BLOB NOT NULL CHECK (length(entry) = 16),
    what    TEXT NOT NULL CHECK (what IN ('confirmed', 'returned', 'answered', 'withdrawn')),
    -- The version a review speaks of.
    version TEXT,
    -- The return an answer speaks to.
    answers BLOB CHECK (length(answers) = 16),
    at_ms   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX event_by_entry ON event (entry);

-- Rises with every change of what phones are sent as reference data.
CREATE TABLE reference (version INTEGER NOT NULL) STRICT;
INSERT INTO reference VALUES (1);
CREATE TRIGGER reference_division_new AFTER INSERT ON division BEGIN UPDATE reference SET version = version + 1; END;
CREATE TRIGGER reference_division AFTER UPDATE OF name ON division WHEN OLD.name IS NOT NEW.name
BEGIN UPDATE reference SET version = version + 1; END;
CREATE TRIGGER reference_person AFTER UPDATE OF name ON person WHEN OLD.name IS NOT NEW.name
BEGIN UPDATE reference SET version = version + 1; END;
CREATE TRIGGER reference_tenure_new AFTER INSERT ON tenure BEGIN UPDATE reference SET version = version + 1; END;
CREATE TRIGGER reference_tenure AFTER UPDATE OF arrived, planned_end, ended, reason, batch ON tenure
BEGIN UPDATE reference SET version = version + 1; END;

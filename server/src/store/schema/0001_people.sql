-- Who works where: divisions, people, their posts and tenures, their accounts and devices, and the audit log.
-- Ids are 16 bytes, days are ISO texts of Asia/Shanghai, moments (_ms) are milliseconds since 1970 UTC.

CREATE TABLE meta (
    key   TEXT PRIMARY KEY,
    value ANY NOT NULL
) STRICT, WITHOUT ROWID;

-- 行政区划. A code of 4, 6, 9 or 12 digits begins with its parent's.
CREATE TABLE division (
    code       INTEGER PRIMARY KEY,
    name       TEXT NOT NULL,
    valid_from TEXT,
    valid_to   TEXT
) STRICT;

-- 贫困村, each from a day to a day, both included.
CREATE TABLE poor_village (
    code     INTEGER NOT NULL REFERENCES division,
    from_day TEXT NOT NULL,
    to_day   TEXT,
    PRIMARY KEY (code, from_day)
) STRICT, WITHOUT ROWID;

CREATE TABLE person (
    id            BLOB PRIMARY KEY CHECK (length(id) = 16),
    name          TEXT NOT NULL,
    sex           TEXT NOT NULL DEFAULT '',
    birth_month   TEXT NOT NULL DEFAULT '',
    party         TEXT NOT NULL DEFAULT '',
    rank          TEXT NOT NULL DEFAULT '',
    unit          TEXT NOT NULL DEFAULT '',
    -- Rises by one whenever what the person may see changes.
    scope_version INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- What a person is at a township, a county, the city. The roles held in villages are tenures.
-- since_version: the scope_version that this grant came with; NULL while it has not begun.
-- gone_version: the scope_version that took it away; NULL while it stands.
CREATE TABLE post (
    person        BLOB NOT NULL REFERENCES person,
    role          TEXT NOT NULL CHECK (role IN ('township_reviewer', 'county', 'city', 'administrator', 'auditor')),
    division      INTEGER NOT NULL REFERENCES division,
    from_day      TEXT NOT NULL,
    to_day        TEXT,
    since_version INTEGER,
    gone_version  INTEGER,
    PRIMARY KEY (person, role, division, from_day)
) STRICT, WITHOUT ROWID;

CREATE INDEX post_by_division ON post (division);

-- 任职.
CREATE TABLE tenure (
    id            BLOB PRIMARY KEY CHECK (length(id) = 16),
    person        BLOB NOT NULL REFERENCES person,
    role          TEXT NOT NULL CHECK (role IN ('first_secretary', 'team_member')),
    division      INTEGER NOT NULL REFERENCES division,
    batch         TEXT NOT NULL,
    arrived       TEXT NOT NULL,
    planned_end   TEXT NOT NULL,
    ended         TEXT,
    reason        TEXT,
    since_version INTEGER,
    gone_version  INTEGER,
    CHECK ((ended IS NULL) = (reason IS NULL))
) STRICT, WITHOUT ROWID;

CREATE INDEX tenure_by_person ON tenure (person);
CREATE INDEX tenure_by_division ON tenure (division);

CREATE TABLE account (
    person              BLOB PRIMARY KEY REFERENCES person,
    login               TEXT NOT NULL UNIQUE COLLATE NOCASE,
    -- argon2id in PHC form; it carries its own salt and parameters.
    password_hash       TEXT NOT NULL,
    password_changed_ms INTEGER NOT NULL,
    -- 1 until a password that somebody else chose was replaced.
    must_change         INTEGER NOT NULL CHECK (must_change IN (0, 1)),
    -- Locked by an administrator, until unlocked by one.
    locked              INTEGER NOT NULL DEFAULT 0 CHECK (locked IN (0, 1))
) STRICT, WITHOUT ROWID;

-- Sign-ins that failed, by SHA-256 of what was typed as the login: counted alike whether it exists or not, so that
-- nothing here or in the answers tells which logins do. A row is forgotten 15 minutes after its last failure.
CREATE TABLE failed_sign_in (
    login_hash BLOB PRIMARY KEY CHECK (length(login_hash) = 32),
    failures   INTEGER NOT NULL,
    last_ms    INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX failed_sign_in_by_time ON failed_sign_in (last_ms);

-- One installation of the app, of one person. Refresh tokens stand here as SHA-256; the previous one stays good until
-- its successor is first used, because the reply that carried the successor may have been lost.
CREATE TABLE device (
    id                    BLOB PRIMARY KEY CHECK (length(id) = 16),
    person                BLOB NOT NULL REFERENCES person,
    label                 TEXT NOT NULL,
    first_seen_ms         INTEGER NOT NULL,
    last_seen_ms          INTEGER NOT NULL,
    revoked_ms            INTEGER,
    refresh_hash          BLOB CHECK (length(refresh_hash) = 32),
    previous_refresh_hash BLOB CHECK (length(previous_refresh_hash) = 32),
    refresh_until_ms      INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX device_by_person ON device (person);
CREATE UNIQUE INDEX device_by_refresh ON device (refresh_hash) WHERE refresh_hash IS NOT NULL;
CREATE UNIQUE INDEX device_by_previous_refresh ON device (previous_refresh_hash)
    WHERE previous_refresh_hash IS NOT NULL;

-- Append-only. Each row's hash covers the row and the hash before it.
CREATE TABLE audit (
    number  INTEGER PRIMARY KEY,
    at_ms   INTEGER NOT NULL,
    person  BLOB CHECK (length(person) = 16),
    device  BLOB CHECK (length(device) = 16),
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL,
    hash    BLOB NOT NULL CHECK (length(hash) = 32)
) STRICT;

CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_is_not_deleted BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_is_dense BEFORE INSERT ON audit
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM audit)
BEGIN SELECT RAISE(ABORT, 'the audit log has no gaps'); END;

-- The station's whole store. Times inform; sequence numbers order (docs/explanation/store.md).

CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- One sequence for every claim and every owner: whoever holds an older number has been overtaken.
CREATE TABLE fence (last INTEGER NOT NULL) STRICT;
INSERT INTO fence VALUES (0);

CREATE TABLE source (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    cursor TEXT,
    settings TEXT NOT NULL DEFAULT ''
) STRICT;

-- Personal data lives in this table and in the photo files, nowhere else.
CREATE TABLE request (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES source,
    request_id TEXT NOT NULL,
    revision INTEGER NOT NULL DEFAULT 1,
    digest BLOB NOT NULL,
    subject_id TEXT NOT NULL,
    request_type TEXT NOT NULL,
    reason TEXT NOT NULL,
    priority INTEGER NOT NULL,
    waiting_since TEXT,
    kind TEXT NOT NULL,
    needs TEXT NOT NULL,
    verdict TEXT NOT NULL,
    design TEXT NOT NULL,
    fields BLOB NOT NULL,
    photo TEXT NOT NULL,
    UNIQUE (source, request_id)
) STRICT;
CREATE INDEX request_first_issuance ON request (subject_id) WHERE request_type = 'FIRST_ISSUANCE';

CREATE TABLE issued_grant (
    grant_id TEXT PRIMARY KEY,
    request INTEGER NOT NULL REFERENCES request,
    returned INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- Requests of one name share a lane; kind and needs part it, so that a head no printer can make blocks nobody.
CREATE TABLE lane (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    needs TEXT NOT NULL,
    waiting INTEGER NOT NULL DEFAULT 0 CHECK (waiting >= 0),
    drawn INTEGER NOT NULL DEFAULT 0,
    UNIQUE (name, kind, needs)
) STRICT;

CREATE TABLE placement (
    id INTEGER PRIMARY KEY,
    reason TEXT NOT NULL,
    details TEXT NOT NULL,
    UNIQUE (reason, details)
) STRICT;

CREATE TABLE policy_version (
    id INTEGER PRIMARY KEY,
    plugin TEXT NOT NULL,
    version TEXT NOT NULL,
    settings_digest TEXT NOT NULL,
    UNIQUE (plugin, version, settings_digest)
) STRICT;

CREATE TABLE job (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    request INTEGER NOT NULL REFERENCES request,
    issue INTEGER NOT NULL DEFAULT 1,
    request_type TEXT NOT NULL,
    state TEXT NOT NULL CHECK (
        state IN ('pending', 'held', 'processing', 'stopped', 'completed', 'canceled', 'aborted')
    ),
    reasons TEXT NOT NULL DEFAULT '',
    lane INTEGER NOT NULL REFERENCES lane,
    rank INTEGER NOT NULL,
    placement INTEGER NOT NULL REFERENCES placement,
    delayed INTEGER NOT NULL DEFAULT 0,
    spoiled INTEGER NOT NULL DEFAULT 0,
    not_fed INTEGER NOT NULL DEFAULT 0,
    cancel_wished INTEGER NOT NULL DEFAULT 0,
    linked_job INTEGER REFERENCES job,
    UNIQUE (request, issue)
) STRICT;
-- The literal in WHERE keeps a draw as quick at ten million as at a hundred.
CREATE INDEX job_waiting ON job (lane, rank, id) WHERE state = 'pending' AND delayed = 0;
CREATE INDEX job_unsettled ON job (state, id) WHERE state IN ('held', 'processing', 'stopped', 'aborted');
CREATE INDEX job_delayed ON job (id) WHERE delayed = 1;

-- Kept counters: dashboards never count the backlog.
CREATE TABLE tally (
    state TEXT NOT NULL,
    request_type TEXT NOT NULL,
    jobs INTEGER NOT NULL CHECK (jobs >= 0),
    PRIMARY KEY (state, request_type)
) STRICT, WITHOUT ROWID;
INSERT INTO tally
SELECT s.column1, t.column1, 0
FROM (VALUES ('pending'), ('held'), ('processing'), ('stopped'), ('completed'), ('canceled'), ('aborted')) AS s,
    (VALUES ('FIRST_ISSUANCE'), ('RENEWAL'), ('REPLACEMENT'), ('OTHER')) AS t;

CREATE TRIGGER job_added AFTER INSERT ON job BEGIN
    UPDATE tally SET jobs = jobs + 1 WHERE state = new.state AND request_type = new.request_type;
    UPDATE lane SET waiting = waiting + 1 WHERE id = new.lane AND new.state = 'pending' AND new.delayed = 0;
END;
CREATE TRIGGER job_moved AFTER UPDATE OF state, request_type ON job
WHEN old.state <> new.state OR old.request_type <> new.request_type BEGIN
    UPDATE tally SET jobs = jobs - 1 WHERE state = old.state AND request_type = old.request_type;
    UPDATE tally SET jobs = jobs + 1 WHERE state = new.state AND request_type = new.request_type;
END;
CREATE TRIGGER job_left_lane AFTER UPDATE OF state, lane, delayed ON job
WHEN old.state = 'pending' AND old.delayed = 0
    AND (new.state <> 'pending' OR new.delayed = 1 OR new.lane <> old.lane) BEGIN
    UPDATE lane SET waiting = waiting - 1 WHERE id = old.lane;
END;
CREATE TRIGGER job_joined_lane AFTER UPDATE OF state, lane, delayed ON job
WHEN new.state = 'pending' AND new.delayed = 0
    AND (old.state <> 'pending' OR old.delayed = 1 OR new.lane <> old.lane) BEGIN
    UPDATE lane SET waiting = waiting + 1 WHERE id = new.lane;
END;

-- An attempt's name is station and id together. A restored store takes a new station name, since the old one's later
-- attempts are known to devices and to the centre.
CREATE TABLE attempt (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    station TEXT NOT NULL,
    job INTEGER NOT NULL REFERENCES job,
    printer TEXT NOT NULL,
    fence INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('RESERVED', 'VOIDED', 'INTENT', 'IN_DOUBT', 'CONCLUDED')),
    fate TEXT NOT NULL DEFAULT '' CHECK (fate IN ('', 'NOT_FED', 'PRINTED', 'SPOILED', 'UNKNOWN')),
    rule TEXT NOT NULL DEFAULT '',
    reasons TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '',
    batch INTEGER NOT NULL REFERENCES batch,
    movement INTEGER NOT NULL REFERENCES movement,
    policy INTEGER NOT NULL REFERENCES policy_version,
    decision TEXT NOT NULL,
    decision_details TEXT NOT NULL,
    faces TEXT NOT NULL DEFAULT '',
    evidence_before TEXT NOT NULL DEFAULT '',
    evidence_after TEXT NOT NULL DEFAULT '',
    steps TEXT NOT NULL DEFAULT '',
    device_job TEXT NOT NULL DEFAULT '',
    chip_number TEXT NOT NULL DEFAULT '',
    card_number TEXT NOT NULL DEFAULT '',
    intent_at REAL,
    corrected TEXT NOT NULL DEFAULT '',
    CHECK ((state = 'CONCLUDED') = (fate IN ('NOT_FED', 'PRINTED', 'SPOILED') OR (fate = 'UNKNOWN' AND rule = 'missing')))
) STRICT;
CREATE INDEX attempt_job ON attempt (job);
CREATE INDEX attempt_printer ON attempt (printer, id) WHERE intent_at IS NOT NULL;
CREATE UNIQUE INDEX one_open_attempt_per_job ON attempt (job)
WHERE state IN ('RESERVED', 'INTENT', 'IN_DOUBT');
CREATE UNIQUE INDEX one_open_attempt_per_printer ON attempt (printer)
WHERE state IN ('RESERVED', 'INTENT', 'IN_DOUBT');
-- A job is one request and one issue number, so this is "at most one good card per request".
CREATE UNIQUE INDEX one_printed_per_job ON attempt (job) WHERE fate = 'PRINTED' AND corrected = '';
CREATE UNIQUE INDEX printed_numbers_are_unique ON attempt (card_number)
WHERE card_number <> '' AND fate = 'PRINTED';

CREATE TABLE batch (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    count INTEGER NOT NULL CHECK (count > 0),
    serial_first TEXT NOT NULL DEFAULT '',
    serial_last TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE movement (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL CHECK (kind IN ('single', 'pending', 'post', 'void')),
    batch INTEGER NOT NULL REFERENCES batch,
    count INTEGER NOT NULL CHECK (count > 0),
    from_account TEXT NOT NULL,
    to_account TEXT NOT NULL,
    resolves INTEGER UNIQUE REFERENCES movement,
    attempt INTEGER REFERENCES attempt,
    reason TEXT NOT NULL DEFAULT '',
    by_whom TEXT NOT NULL DEFAULT '',
    witness TEXT NOT NULL DEFAULT '',
    CHECK ((resolves IS NOT NULL) = (kind IN ('post', 'void'))),
    CHECK (from_account <> to_account)
) STRICT;
CREATE UNIQUE INDEX one_way_out_of_machine ON movement (attempt)
WHERE kind = 'single' AND substr(from_account, 1, 11) = 'in-machine:';

CREATE TRIGGER movement_is_never_changed BEFORE UPDATE ON movement BEGIN
    SELECT raise(ABORT, 'movements are append-only');
END;
CREATE TRIGGER movement_is_never_removed BEFORE DELETE ON movement BEGIN
    SELECT raise(ABORT, 'movements are append-only');
END;
CREATE TRIGGER movement_resolves_its_pending BEFORE INSERT ON movement
WHEN new.resolves IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM movement AS p
    WHERE p.id = new.resolves AND p.kind = 'pending' AND p.batch = new.batch AND p.count = new.count
        AND p.from_account = new.from_account AND p.to_account = new.to_account
) BEGIN
    SELECT raise(ABORT, 'a post or void repeats the pending movement it resolves');
END;

-- posted - pending is what is available; no internal account goes below zero (I2).
CREATE TABLE balance (
    account TEXT NOT NULL,
    batch INTEGER NOT NULL REFERENCES batch,
    posted INTEGER NOT NULL,
    pending INTEGER NOT NULL,
    since INTEGER NOT NULL,
    PRIMARY KEY (account, batch),
    CONSTRAINT no_balance_below_zero CHECK (
        pending >= 0 AND (posted >= pending OR account IN ('supplier', 'found'))
    )
) STRICT, WITHOUT ROWID;

CREATE TRIGGER movement_is_booked AFTER INSERT ON movement BEGIN
    INSERT OR IGNORE INTO balance VALUES (new.from_account, new.batch, 0, 0, new.id);
    UPDATE balance SET
        posted = posted - CASE WHEN new.kind IN ('single', 'post') THEN new.count ELSE 0 END,
        pending = pending + CASE new.kind WHEN 'pending' THEN new.count WHEN 'single' THEN 0 ELSE -new.count END
    WHERE account = new.from_account AND batch = new.batch;
    INSERT OR IGNORE INTO balance
    SELECT new.to_account, new.batch, 0, 0, new.id WHERE new.kind IN ('single', 'post');
    UPDATE balance SET
        since = CASE
            WHEN posted = 0 AND substr(new.from_account, 1, 11) <> 'in-machine:' THEN new.id ELSE since
        END,
        posted = posted + new.count
    WHERE account = new.to_account AND batch = new.batch AND new.kind IN ('single', 'post');
END;

CREATE TABLE blank_number (
    number TEXT PRIMARY KEY,
    batch INTEGER NOT NULL REFERENCES batch,
    attempt INTEGER NOT NULL REFERENCES attempt
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
    seq INTEGER PRIMARY KEY,
    at REAL NOT NULL,
    event TEXT NOT NULL,
    job INTEGER,
    attempt TEXT NOT NULL,
    printer TEXT NOT NULL,
    data TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;
CREATE INDEX journal_job ON journal (job) WHERE job IS NOT NULL;
CREATE TRIGGER journal_is_never_changed BEFORE UPDATE ON journal BEGIN
    SELECT raise(ABORT, 'the journal is append-only');
END;
CREATE TRIGGER journal_is_never_removed BEFORE DELETE ON journal BEGIN
    SELECT raise(ABORT, 'the journal is append-only');
END;

-- A report holds the job's number; the source's own id is joined when it is sent.
CREATE TABLE outbox (
    id INTEGER PRIMARY KEY,
    key TEXT NOT NULL UNIQUE,
    source INTEGER NOT NULL REFERENCES source,
    job INTEGER NOT NULL REFERENCES job,
    outcome TEXT NOT NULL,
    attempt TEXT NOT NULL DEFAULT '',
    card_number TEXT NOT NULL DEFAULT '',
    business_date TEXT NOT NULL DEFAULT '',
    state TEXT NOT NULL DEFAULT 'owed' CHECK (state IN ('owed', 'accepted', 'refused'))
) STRICT;
CREATE INDEX outbox_owed ON outbox (source, id) WHERE state = 'owed';

CREATE TABLE reject (
    id INTEGER PRIMARY KEY,
    source INTEGER NOT NULL REFERENCES source,
    line INTEGER NOT NULL,
    field TEXT NOT NULL,
    rule TEXT NOT NULL,
    shape TEXT NOT NULL
) STRICT;
CREATE INDEX reject_source ON reject (source, id);

CREATE TABLE printer (
    name TEXT PRIMARY KEY,
    reasons TEXT NOT NULL DEFAULT '',
    quarantine TEXT NOT NULL DEFAULT '',
    paused_by TEXT NOT NULL DEFAULT '',
    reconcile INTEGER NOT NULL DEFAULT 0,
    failures INTEGER NOT NULL DEFAULT 0,
    serial TEXT NOT NULL DEFAULT '',
    pick_baseline INTEGER,
    used INTEGER NOT NULL DEFAULT 0,
    printed INTEGER NOT NULL DEFAULT 0,
    spoiled INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

CREATE TABLE duty (
    printer TEXT NOT NULL,
    business_date TEXT NOT NULL,
    fed INTEGER NOT NULL,
    PRIMARY KEY (printer, business_date)
) STRICT, WITHOUT ROWID;

-- A difference between book and world that nobody has settled yet.
CREATE TABLE discrepancy (
    id INTEGER PRIMARY KEY,
    account TEXT NOT NULL,
    rule TEXT NOT NULL,
    book INTEGER NOT NULL,
    world TEXT NOT NULL,
    settled INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE UNIQUE INDEX discrepancy_open ON discrepancy (account, rule) WHERE settled = 0;

-- What another process asks of the station that owns the printers.
CREATE TABLE instruction (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    done INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX instruction_open ON instruction (id) WHERE done = 0;

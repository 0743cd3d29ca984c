-- A grant is its source's own, since two sources may use one name, and it may hold for a time only.
CREATE TABLE new_grant (
    source INTEGER NOT NULL REFERENCES source,
    grant_id TEXT NOT NULL,
    request INTEGER NOT NULL REFERENCES request,
    -- 0: it holds; 1: it went back; 2: a good card was made under it.
    returned INTEGER NOT NULL DEFAULT 0,
    until TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (source, grant_id)
) STRICT, WITHOUT ROWID;
INSERT INTO new_grant (source, grant_id, request, returned)
SELECT r.source, g.grant_id, g.request, g.returned FROM issued_grant AS g JOIN request AS r ON r.id = g.request;
DROP TABLE issued_grant;
ALTER TABLE new_grant RENAME TO issued_grant;
CREATE INDEX issued_grant_live ON issued_grant (request, source, until) WHERE returned = 0;

-- A report says under which grant the station spoke.
ALTER TABLE outbox ADD COLUMN grant_id TEXT NOT NULL DEFAULT '';

-- A grant may hold for a time only, and a report says under which grant the station spoke.
ALTER TABLE issued_grant ADD COLUMN until TEXT NOT NULL DEFAULT '';
CREATE INDEX issued_grant_live ON issued_grant (request) WHERE returned = 0;
ALTER TABLE outbox ADD COLUMN grant_id TEXT NOT NULL DEFAULT '';

-- How the line to a source is, as it was last seen: shown to people, and decides nothing but when it is tried again.
ALTER TABLE source ADD COLUMN answered REAL;
ALTER TABLE source ADD COLUMN trouble TEXT NOT NULL DEFAULT '';
ALTER TABLE source ADD COLUMN backlog INTEGER;

-- Since when a report is owed; informs only. What was owed before this was kept is of no known age.
ALTER TABLE outbox ADD COLUMN since REAL;
CREATE INDEX outbox_refused ON outbox (source, id) WHERE state = 'refused';

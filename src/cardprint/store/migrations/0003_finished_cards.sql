-- What happens to a card after it is printed: it is scanned, handed over, or found to be bad after all.
ALTER TABLE attempt ADD COLUMN code TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN verified_by TEXT NOT NULL DEFAULT '';
ALTER TABLE attempt ADD COLUMN handed_over_by TEXT NOT NULL DEFAULT '';
CREATE INDEX attempt_code ON attempt (code) WHERE code <> '';

-- What a person saw of a card in doubt. Whoever owns the printers takes it and concludes (decisions 5).
CREATE TABLE answer (
    id INTEGER PRIMARY KEY,
    attempt INTEGER NOT NULL REFERENCES attempt,
    fate TEXT NOT NULL CHECK (fate IN ('NOT_FED', 'PRINTED', 'SPOILED', 'UNKNOWN')),
    card_number TEXT NOT NULL,
    by_whom TEXT NOT NULL,
    witness TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'taken', 'refused')),
    detail TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE UNIQUE INDEX one_open_answer ON answer (attempt) WHERE state = 'open';
CREATE UNIQUE INDEX one_taken_answer ON answer (attempt) WHERE state = 'taken';

-- A second blank is never spent silently: a try names the one before it that spoiled or lost a blank.
ALTER TABLE attempt ADD COLUMN follows INTEGER REFERENCES attempt;

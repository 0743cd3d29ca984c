-- What became of blanks on a business day, kept as they move: a day's report never counts the history.
CREATE TABLE day (
    business_date TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('printed', 'spoiled', 'missing')),
    reason TEXT NOT NULL,
    blanks INTEGER NOT NULL CHECK (blanks > 0),
    PRIMARY KEY (business_date, outcome, reason)
) STRICT, WITHOUT ROWID;

-- What was booked before days were counted belongs to no day.
INSERT INTO day
SELECT '', iif(substr(to_account, 1, 8) = 'spoiled:', 'spoiled', to_account), reason, sum(count)
FROM movement
WHERE kind = 'single'
    AND (to_account IN ('printed', 'missing') OR substr(to_account, 1, 8) = 'spoiled:')
GROUP BY 2, 3;

CREATE TRIGGER day_is_counted AFTER INSERT ON movement
WHEN new.kind = 'single'
    AND (new.to_account IN ('printed', 'missing') OR substr(new.to_account, 1, 8) = 'spoiled:')
BEGIN
    INSERT INTO day
    SELECT
        value,
        iif(substr(new.to_account, 1, 8) = 'spoiled:', 'spoiled', new.to_account),
        new.reason,
        new.count
    FROM meta
    WHERE name = 'business_date'
    ON CONFLICT DO UPDATE SET blanks = blanks + excluded.blanks;
END;

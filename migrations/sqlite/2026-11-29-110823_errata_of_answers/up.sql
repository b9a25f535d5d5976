-- An erratum is of a cell, or of an answer that the catalogue has moved: what was told of a period before and after, as JSON;
-- then `month` is the last one of the period. SQLite takes no NOT NULL away, so the table is made anew.
DROP INDEX errata_by_reopening;
DROP INDEX errata_by_corrected_at_id;
ALTER TABLE errata RENAME TO errata_before;
CREATE TABLE errata (
    id INTEGER PRIMARY KEY,
    correction_id INTEGER REFERENCES corrections,
    indicator_id INTEGER NOT NULL REFERENCES indicators,
    agency_id INTEGER NOT NULL REFERENCES agencies,
    calendar_id INTEGER NOT NULL REFERENCES calendars,
    month INTEGER NOT NULL,
    old_numerator INTEGER,
    old_denominator INTEGER,
    old_reports INTEGER,
    new_numerator INTEGER,
    new_denominator INTEGER,
    new_reports INTEGER,
    corrected_at INTEGER NOT NULL,
    reopening_id INTEGER REFERENCES reopenings,
    period TEXT,
    first_month INTEGER,
    old_answer TEXT,
    new_answer TEXT,
    UNIQUE (correction_id, indicator_id, agency_id, calendar_id, month)
) STRICT;
INSERT INTO errata (id, correction_id, indicator_id, agency_id, calendar_id, month, old_numerator, old_denominator, old_reports, new_numerator,
    new_denominator, new_reports, corrected_at, reopening_id)
SELECT id, correction_id, indicator_id, agency_id, calendar_id, month, old_numerator, old_denominator, old_reports, new_numerator,
    new_denominator, new_reports, corrected_at, reopening_id
FROM errata_before;
DROP TABLE errata_before;
CREATE INDEX errata_by_corrected_at_id ON errata (corrected_at, id);
CREATE UNIQUE INDEX errata_by_reopening ON errata (reopening_id, indicator_id, agency_id, calendar_id, month) WHERE period IS NULL;
CREATE UNIQUE INDEX errata_of_answers ON errata (reopening_id, indicator_id, agency_id, calendar_id, period);

-- Agencies or indicators whose figures were closed until then, with their months, as JSON.
ALTER TABLE reopenings ADD COLUMN told TEXT;

ALTER TABLE reopenings DROP COLUMN told;
DROP INDEX errata_of_answers;
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
    old_numerator INTEGER NOT NULL,
    old_denominator INTEGER NOT NULL,
    old_reports INTEGER NOT NULL,
    new_numerator INTEGER NOT NULL,
    new_denominator INTEGER NOT NULL,
    new_reports INTEGER NOT NULL,
    corrected_at INTEGER NOT NULL,
    reopening_id INTEGER REFERENCES reopenings,
    UNIQUE (correction_id, indicator_id, agency_id, calendar_id, month)
) STRICT;
INSERT INTO errata (id, correction_id, indicator_id, agency_id, calendar_id, month, old_numerator, old_denominator, old_reports, new_numerator,
    new_denominator, new_reports, corrected_at, reopening_id)
SELECT id, correction_id, indicator_id, agency_id, calendar_id, month, old_numerator, old_denominator, old_reports, new_numerator,
    new_denominator, new_reports, corrected_at, reopening_id
FROM errata_before WHERE period IS NULL;
DROP TABLE errata_before;
CREATE INDEX errata_by_corrected_at_id ON errata (corrected_at, id);
CREATE UNIQUE INDEX errata_by_reopening ON errata (reopening_id, indicator_id, agency_id, calendar_id, month);

-- Which figures must not change any more: those of a period, for an agency and everything below it.
CREATE TABLE locks (
    id INTEGER PRIMARY KEY,
    calendar_id INTEGER NOT NULL REFERENCES calendars,
    period TEXT NOT NULL,
    agency_id INTEGER NOT NULL REFERENCES agencies,
    reason TEXT NOT NULL,
    locked_at INTEGER NOT NULL,
    UNIQUE (calendar_id, period, agency_id)
) STRICT;
CREATE INDEX locks_by_period_id ON locks (period, id);

-- How locked figures may change after all. A correction without indicator_id is one of all indicators; without
-- requested_by or decided_by, the program itself did it. It is closed once closes_at has come.
CREATE TABLE corrections (
    id INTEGER PRIMARY KEY,
    calendar_id INTEGER NOT NULL REFERENCES calendars,
    period TEXT NOT NULL,
    agency_id INTEGER NOT NULL REFERENCES agencies,
    indicator_id INTEGER REFERENCES indicators,
    reason TEXT NOT NULL,
    document_number TEXT NOT NULL,
    requested_by INTEGER REFERENCES users,
    requested_at INTEGER NOT NULL,
    state TEXT NOT NULL,
    decided_by INTEGER REFERENCES users,
    decided_at INTEGER,
    opens_at INTEGER,
    closes_at INTEGER,
    rejection TEXT
) STRICT;

-- What corrections made of cells: before the first change under a correction, and after the last.
CREATE TABLE errata (
    id INTEGER PRIMARY KEY,
    correction_id INTEGER NOT NULL REFERENCES corrections,
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
    UNIQUE (correction_id, indicator_id, agency_id, calendar_id, month)
) STRICT;
CREATE INDEX errata_by_corrected_at_id ON errata (corrected_at, id);

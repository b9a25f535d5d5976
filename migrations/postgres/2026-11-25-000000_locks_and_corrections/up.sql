-- Which figures must not change any more: those of a period, for an agency and everything below it.
CREATE TABLE locks (
    id BIGINT PRIMARY KEY,
    calendar_id BIGINT NOT NULL REFERENCES calendars,
    period TEXT COLLATE "C" NOT NULL,
    agency_id BIGINT NOT NULL REFERENCES agencies,
    reason TEXT COLLATE "C" NOT NULL,
    locked_at BIGINT NOT NULL,
    UNIQUE (calendar_id, period, agency_id)
);
CREATE INDEX locks_by_period_id ON locks (period, id);

-- How locked figures may change after all. A correction without indicator_id is one of all indicators; without
-- requested_by or decided_by, the program itself did it. It is closed once closes_at has come.
CREATE TABLE corrections (
    id BIGINT PRIMARY KEY,
    calendar_id BIGINT NOT NULL REFERENCES calendars,
    period TEXT COLLATE "C" NOT NULL,
    agency_id BIGINT NOT NULL REFERENCES agencies,
    indicator_id BIGINT REFERENCES indicators,
    reason TEXT COLLATE "C" NOT NULL,
    document_number TEXT COLLATE "C" NOT NULL,
    requested_by BIGINT REFERENCES users,
    requested_at BIGINT NOT NULL,
    state TEXT COLLATE "C" NOT NULL,
    decided_by BIGINT REFERENCES users,
    decided_at BIGINT,
    opens_at BIGINT,
    closes_at BIGINT,
    rejection TEXT COLLATE "C"
);

-- What corrections made of cells: before the first change under a correction, and after the last.
CREATE TABLE errata (
    id BIGINT PRIMARY KEY,
    correction_id BIGINT NOT NULL REFERENCES corrections,
    indicator_id BIGINT NOT NULL REFERENCES indicators,
    agency_id BIGINT NOT NULL REFERENCES agencies,
    calendar_id BIGINT NOT NULL REFERENCES calendars,
    month INTEGER NOT NULL,
    old_numerator BIGINT NOT NULL,
    old_denominator BIGINT NOT NULL,
    old_reports BIGINT NOT NULL,
    new_numerator BIGINT NOT NULL,
    new_denominator BIGINT NOT NULL,
    new_reports BIGINT NOT NULL,
    corrected_at BIGINT NOT NULL,
    UNIQUE (correction_id, indicator_id, agency_id, calendar_id, month)
);
CREATE INDEX errata_by_corrected_at_id ON errata (corrected_at, id);

-- Closed figures that may change again: those of a period's months, of an agency (the whole province without one), or those
-- of a phase.
CREATE TABLE reopenings (
    id BIGINT PRIMARY KEY,
    calendar_id BIGINT REFERENCES calendars,
    period TEXT COLLATE "C",
    agency_id BIGINT REFERENCES agencies,
    phase_id BIGINT REFERENCES phases,
    reason TEXT COLLATE "C" NOT NULL,
    reopened_at BIGINT NOT NULL
);

-- An erratum rests on a correction or on a reopening.
ALTER TABLE errata ALTER COLUMN correction_id DROP NOT NULL;
ALTER TABLE errata ADD COLUMN reopening_id BIGINT REFERENCES reopenings;
CREATE UNIQUE INDEX errata_by_reopening ON errata (reopening_id, indicator_id, agency_id, calendar_id, month);

-- By how much the cells of stocks change on days inside their months: every value there has been, by the change that gave it.
-- A change gives values to days after its own only. The program fills it from the change log.
CREATE TABLE day_steps (
    indicator_id INTEGER NOT NULL,
    agency_id INTEGER NOT NULL,
    calendar_id INTEGER NOT NULL,
    day TEXT NOT NULL,
    seq INTEGER NOT NULL,
    numerator INTEGER NOT NULL,
    denominator INTEGER NOT NULL,
    reports INTEGER NOT NULL,
    PRIMARY KEY (indicator_id, agency_id, calendar_id, day, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX day_steps_by_seq ON day_steps (seq);

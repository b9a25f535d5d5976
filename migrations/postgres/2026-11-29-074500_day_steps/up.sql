-- By how much the cells of stocks change on days inside their months: every value there has been, by the change that gave it.
-- A change gives values to days after its own only. The program fills it from the change log.
CREATE TABLE day_steps (
    indicator_id BIGINT NOT NULL,
    agency_id BIGINT NOT NULL,
    calendar_id BIGINT NOT NULL,
    day DATE NOT NULL,
    seq BIGINT NOT NULL,
    numerator BIGINT NOT NULL,
    denominator BIGINT NOT NULL,
    reports BIGINT NOT NULL,
    PRIMARY KEY (indicator_id, agency_id, calendar_id, day, seq)
);
CREATE INDEX day_steps_by_seq ON day_steps (seq);

-- An erratum is of a cell, or of an answer that the catalogue has moved: what was told of a period before and after, as JSON;
-- then `month` is the last one of the period.
ALTER TABLE errata ALTER COLUMN old_numerator DROP NOT NULL;
ALTER TABLE errata ALTER COLUMN old_denominator DROP NOT NULL;
ALTER TABLE errata ALTER COLUMN old_reports DROP NOT NULL;
ALTER TABLE errata ALTER COLUMN new_numerator DROP NOT NULL;
ALTER TABLE errata ALTER COLUMN new_denominator DROP NOT NULL;
ALTER TABLE errata ALTER COLUMN new_reports DROP NOT NULL;
ALTER TABLE errata ADD COLUMN period TEXT COLLATE "C";
ALTER TABLE errata ADD COLUMN first_month INTEGER;
ALTER TABLE errata ADD COLUMN old_answer TEXT COLLATE "C";
ALTER TABLE errata ADD COLUMN new_answer TEXT COLLATE "C";
DROP INDEX errata_by_reopening;
CREATE UNIQUE INDEX errata_by_reopening ON errata (reopening_id, indicator_id, agency_id, calendar_id, month) WHERE period IS NULL;
CREATE UNIQUE INDEX errata_of_answers ON errata (reopening_id, indicator_id, agency_id, calendar_id, period);

-- Agencies or indicators whose figures were closed until then, with their months, as JSON.
ALTER TABLE reopenings ADD COLUMN told TEXT COLLATE "C";

DELETE FROM errata WHERE correction_id IS NULL;
DROP INDEX errata_by_reopening;
ALTER TABLE errata DROP COLUMN reopening_id;
ALTER TABLE errata ALTER COLUMN correction_id SET NOT NULL;
DROP TABLE reopenings;

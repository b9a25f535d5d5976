ALTER TABLE calendars DROP COLUMN late_records;

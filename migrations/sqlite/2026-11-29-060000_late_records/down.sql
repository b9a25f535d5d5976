ALTER TABLE information_systems DROP COLUMN told;
ALTER TABLE staff DROP COLUMN told;
ALTER TABLE monitoring_statuses DROP COLUMN late;
ALTER TABLE training_records DROP COLUMN late;

-- Records that came late: the closed months in which they do not count, and the roll that closed months were told with.
-- JSON as the change log holds it; NULL for what came in time.
ALTER TABLE training_records ADD COLUMN late TEXT;
ALTER TABLE monitoring_statuses ADD COLUMN late TEXT;
ALTER TABLE staff ADD COLUMN told TEXT;
ALTER TABLE information_systems ADD COLUMN told TEXT;

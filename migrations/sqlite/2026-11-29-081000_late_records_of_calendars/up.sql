-- What becomes of dated records of closed time: they count later, or are refused.
ALTER TABLE calendars ADD COLUMN late_records TEXT NOT NULL DEFAULT 'count_later';

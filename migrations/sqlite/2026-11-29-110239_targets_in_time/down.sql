ALTER TABLE targets DROP COLUMN earlier;
ALTER TABLE targets DROP COLUMN holds_from;

ALTER TABLE indicators DROP COLUMN issued;
ALTER TABLE indicators DROP COLUMN earlier;
ALTER TABLE indicators DROP COLUMN holds_from;

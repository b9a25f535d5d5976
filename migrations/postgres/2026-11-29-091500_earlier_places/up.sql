-- The kinds that agencies were of and the agencies they lay below before, up to which days. JSON as the change log holds it;
-- NULL for an agency that has never been moved.
ALTER TABLE agencies ADD COLUMN earlier_places TEXT COLLATE "C";

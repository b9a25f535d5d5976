ALTER TABLE agencies DROP COLUMN earlier_places;

ALTER TABLE sessions DROP COLUMN repeated;
ALTER TABLE sessions DROP COLUMN carried_on_from;
ALTER TABLE sessions DROP COLUMN counter;

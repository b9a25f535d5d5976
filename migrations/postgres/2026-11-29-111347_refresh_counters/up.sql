-- Refresh tokens are counted, so that one that was issued is told from one that somebody made up; the one before may be
-- repeated once, soon, from where it came (of which a keyed hash is kept).
ALTER TABLE sessions ADD COLUMN counter BIGINT NOT NULL DEFAULT 0;
ALTER TABLE sessions ADD COLUMN carried_on_from TEXT COLLATE "C";
ALTER TABLE sessions ADD COLUMN repeated BOOLEAN NOT NULL DEFAULT FALSE;

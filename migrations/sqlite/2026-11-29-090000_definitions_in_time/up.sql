-- Versions of definitions: the first month of the latest, those before it as JSON like the change log holds them, and the
-- greatest number ever given to one where that was taken back. NULL for an indicator that has been defined once.
ALTER TABLE indicators ADD COLUMN holds_from INTEGER;
ALTER TABLE indicators ADD COLUMN earlier TEXT;
ALTER TABLE indicators ADD COLUMN issued INTEGER;

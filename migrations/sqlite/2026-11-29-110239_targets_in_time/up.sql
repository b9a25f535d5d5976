-- Versions of targets: the first month of the latest, and those before it as JSON like the change log holds them. NULL for a
-- target with one version that holds from the beginning of its scope.
ALTER TABLE targets ADD COLUMN holds_from INTEGER;
ALTER TABLE targets ADD COLUMN earlier TEXT;

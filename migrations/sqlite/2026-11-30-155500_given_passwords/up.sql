-- A password that somebody else has set must be changed by its owner. Those of before are taken for the owners' own.
ALTER TABLE users ADD COLUMN password_given INTEGER NOT NULL DEFAULT 0 CHECK (password_given IN (0, 1));

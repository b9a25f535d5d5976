-- A password that somebody else has set must be changed by its owner. Those of before are taken for the owners' own.
ALTER TABLE users ADD COLUMN password_given BOOLEAN NOT NULL DEFAULT FALSE;

-- Names of users and clients are sealed in the change log, too: a key belongs to a member of staff or to an account.
-- Identities are those of changes, so no two owners have one.
ALTER TABLE staff_keys RENAME COLUMN staff_id TO owner_id;
ALTER TABLE staff_keys RENAME TO personal_keys;

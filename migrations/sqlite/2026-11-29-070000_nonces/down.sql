-- The hashes of changes that have a nonce cannot be checked without it.
ALTER TABLE changes DROP COLUMN nonce;

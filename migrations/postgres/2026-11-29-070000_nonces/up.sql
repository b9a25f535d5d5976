-- 128 random bits within a change's hash, as 32 hexadecimal digits. Changes made before have none, and keep their hashes.
ALTER TABLE changes ADD COLUMN nonce TEXT COLLATE "C";

ALTER TABLE client_keys DROP COLUMN replaced;
DROP TABLE used_issuer_tokens;

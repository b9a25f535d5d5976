DROP INDEX idempotency_keys_in_all;
DROP INDEX idempotency_keys_of_caller;
ALTER TABLE idempotency_keys DROP COLUMN in_all;
ALTER TABLE idempotency_keys DROP COLUMN of_caller;

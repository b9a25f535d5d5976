-- Bytes that were kept up to an answer: of its caller, and in all. An answer is dropped when so many came after it. Those of
-- before are not counted; they are dropped after a day.
ALTER TABLE idempotency_keys ADD COLUMN of_caller INTEGER NOT NULL DEFAULT 0;
ALTER TABLE idempotency_keys ADD COLUMN in_all INTEGER NOT NULL DEFAULT 0;
CREATE INDEX idempotency_keys_of_caller ON idempotency_keys (user_id, of_caller);
CREATE INDEX idempotency_keys_in_all ON idempotency_keys (in_all);

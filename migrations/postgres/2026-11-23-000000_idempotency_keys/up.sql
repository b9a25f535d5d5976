-- What was answered to a POST with an Idempotency-Key, for a day. It repeats answers and proves nothing, so it is not
-- in the change log. row_id is the row the answer speaks of.
CREATE TABLE idempotency_keys (
    user_id BIGINT NOT NULL REFERENCES users,
    route TEXT COLLATE "C" NOT NULL,
    key TEXT COLLATE "C" NOT NULL,
    at BIGINT NOT NULL,
    fingerprint TEXT COLLATE "C" NOT NULL,
    status INTEGER NOT NULL,
    row_id BIGINT,
    location TEXT COLLATE "C",
    body TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, route, key)
);
CREATE INDEX idempotency_keys_by_row_id ON idempotency_keys (row_id);
CREATE INDEX idempotency_keys_by_at ON idempotency_keys (at);

-- How far each credential has read the change log, and how far it says it has. It proves nothing, so it is not in the
-- log itself.
CREATE TABLE receipts (
    user_id BIGINT PRIMARY KEY REFERENCES users,
    pulled_seq BIGINT NOT NULL,
    pulled_at BIGINT NOT NULL,
    acknowledged_seq BIGINT,
    acknowledged_at BIGINT
);

-- The keys that seal people's identifiers in the change log: deleting one erases what it sealed. No reference to staff,
-- since the log outlives the row.
CREATE TABLE staff_keys (
    staff_id BIGINT PRIMARY KEY,
    key BYTEA NOT NULL
);

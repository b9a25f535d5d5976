-- How far each credential has read the change log, and how far it says it has. It proves nothing, so it is not in the
-- log itself.
CREATE TABLE receipts (
    user_id INTEGER PRIMARY KEY REFERENCES users,
    pulled_seq INTEGER NOT NULL,
    pulled_at INTEGER NOT NULL,
    acknowledged_seq INTEGER,
    acknowledged_at INTEGER
) STRICT;

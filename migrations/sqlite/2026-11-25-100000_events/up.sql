-- What happened without changing anything: who came in, who was refused, who took data out, who saw personal data.
-- Chained like the change log. subjects are the identities of the members of staff whose names were shown.
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id INTEGER NOT NULL,
    address TEXT,
    operation TEXT NOT NULL,
    subjects TEXT NOT NULL,
    detail TEXT,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;

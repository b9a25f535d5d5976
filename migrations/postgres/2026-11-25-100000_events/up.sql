-- What happened without changing anything: who came in, who was refused, who took data out, who saw personal data.
-- Chained like the change log. subjects are the identities of the members of staff whose names were shown.
CREATE TABLE events (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor_id BIGINT NOT NULL,
    address TEXT COLLATE "C",
    operation TEXT COLLATE "C" NOT NULL,
    subjects TEXT COLLATE "C" NOT NULL,
    detail TEXT COLLATE "C",
    previous_hash TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL
);

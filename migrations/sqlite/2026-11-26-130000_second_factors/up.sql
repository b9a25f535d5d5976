-- Second factors: the key of a TOTP, sealed, and the SHA-256 of recovery codes that are still good.
CREATE TABLE second_factors (
    account_id INTEGER PRIMARY KEY,
    sealed_key TEXT NOT NULL,
    confirmed INTEGER NOT NULL,
    last_step INTEGER NOT NULL
) STRICT;
CREATE TABLE recovery_codes (
    hash TEXT PRIMARY KEY,
    account_id INTEGER NOT NULL
) STRICT;
CREATE INDEX recovery_codes_account_id ON recovery_codes (account_id);

-- When who comes in as a person was last here: accounts that nobody uses are shut out.
CREATE TABLE account_uses (
    account_id INTEGER PRIMARY KEY,
    used_at INTEGER NOT NULL
) STRICT;

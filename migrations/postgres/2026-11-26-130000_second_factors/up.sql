-- Second factors: the key of a TOTP, sealed, and the SHA-256 of recovery codes that are still good.
CREATE TABLE second_factors (
    account_id BIGINT PRIMARY KEY,
    sealed_key TEXT COLLATE "C" NOT NULL,
    confirmed BOOLEAN NOT NULL,
    last_step BIGINT NOT NULL
);
CREATE TABLE recovery_codes (
    hash TEXT COLLATE "C" PRIMARY KEY,
    account_id BIGINT NOT NULL
);
CREATE INDEX recovery_codes_account_id ON recovery_codes (account_id);

-- When who comes in as a person was last here: accounts that nobody uses are shut out.
CREATE TABLE account_uses (
    account_id BIGINT PRIMARY KEY,
    used_at BIGINT NOT NULL
);

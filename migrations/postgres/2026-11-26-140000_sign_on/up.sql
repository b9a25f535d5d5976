-- Users who come in by an issuer's word (OpenID Connect): which issuer, and whom it means.
ALTER TABLE users ADD COLUMN issuer TEXT COLLATE "C";
ALTER TABLE users ADD COLUMN subject TEXT COLLATE "C";
CREATE UNIQUE INDEX users_issuer_subject ON users (issuer, subject);

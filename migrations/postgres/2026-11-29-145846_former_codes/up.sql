-- Codes that people, information systems and courses have had and have no more, so that nobody reads the log through for one.
-- The program fills it from the change log; what is erased is erased here, too.
CREATE TABLE former_codes (
    resource TEXT COLLATE "C" NOT NULL,
    code TEXT COLLATE "C" NOT NULL,
    row_id BIGINT NOT NULL,
    PRIMARY KEY (resource, code, row_id)
);
CREATE INDEX former_codes_by_row_id ON former_codes (row_id);

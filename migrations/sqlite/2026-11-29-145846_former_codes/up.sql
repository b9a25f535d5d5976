-- Codes that people, information systems and courses have had and have no more, so that nobody reads the log through for one.
-- The program fills it from the change log; what is erased is erased here, too.
CREATE TABLE former_codes (
    resource TEXT NOT NULL,
    code TEXT NOT NULL,
    row_id INTEGER NOT NULL,
    PRIMARY KEY (resource, code, row_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX former_codes_by_row_id ON former_codes (row_id);

-- Forms of the provincial report as other systems ask for them. mapping is the JSON text of a domain Mapping.
CREATE TABLE export_profiles (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name_vi TEXT NOT NULL,
    name_en TEXT,
    description TEXT,
    is_example INTEGER NOT NULL CHECK (is_example IN (0, 1)),
    mapping TEXT NOT NULL
) STRICT;

-- Forms of the provincial report as other systems ask for them. mapping is the JSON text of a domain Mapping.
CREATE TABLE export_profiles (
    id BIGINT PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    name_vi TEXT COLLATE "C" NOT NULL,
    name_en TEXT COLLATE "C",
    description TEXT COLLATE "C",
    is_example BOOLEAN NOT NULL,
    mapping TEXT COLLATE "C" NOT NULL
);

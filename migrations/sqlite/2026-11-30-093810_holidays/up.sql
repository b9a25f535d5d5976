-- Days that are an exception to the working week.
CREATE TABLE holidays (
    id INTEGER PRIMARY KEY,
    date TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    name_vi TEXT NOT NULL,
    name_en TEXT,
    basis TEXT NOT NULL
) STRICT;

-- Days that are an exception to the working week.
CREATE TABLE holidays (
    id BIGINT PRIMARY KEY,
    date DATE NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL,
    name_vi TEXT COLLATE "C" NOT NULL,
    name_en TEXT COLLATE "C",
    basis TEXT COLLATE "C" NOT NULL
);

-- Agencies, closed ones included.
CREATE TABLE agencies (
    id BIGINT PRIMARY KEY,
    identifier TEXT COLLATE "C" NOT NULL UNIQUE,
    former_identifier TEXT COLLATE "C" UNIQUE,
    area_code TEXT COLLATE "C",
    name_vi TEXT COLLATE "C" NOT NULL,
    name_en TEXT COLLATE "C",
    kind TEXT COLLATE "C" NOT NULL,
    parent_id BIGINT REFERENCES agencies,
    valid_from DATE NOT NULL,
    valid_to DATE
);

-- Which agency was merged or divided into which.
CREATE TABLE agency_successions (
    predecessor_id BIGINT NOT NULL REFERENCES agencies,
    successor_id BIGINT NOT NULL REFERENCES agencies,
    PRIMARY KEY (predecessor_id, successor_id)
);

CREATE TABLE movements (
    id BIGINT PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    name_vi TEXT COLLATE "C" NOT NULL,
    name_en TEXT COLLATE "C",
    basis TEXT COLLATE "C" NOT NULL
);

CREATE TABLE phases (
    id BIGINT PRIMARY KEY,
    movement_id BIGINT NOT NULL REFERENCES movements,
    code TEXT COLLATE "C" NOT NULL,
    name_vi TEXT COLLATE "C" NOT NULL,
    name_en TEXT COLLATE "C",
    first_year INTEGER NOT NULL,
    last_year INTEGER NOT NULL,
    frozen BOOLEAN NOT NULL,
    UNIQUE (movement_id, code)
);

CREATE TABLE indicators (
    id BIGINT PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    movement_id BIGINT NOT NULL REFERENCES movements,
    name_vi TEXT COLLATE "C" NOT NULL,
    name_en TEXT COLLATE "C",
    numerator_definition TEXT COLLATE "C" NOT NULL,
    denominator_definition TEXT COLLATE "C" NOT NULL,
    unit TEXT COLLATE "C" NOT NULL,
    semantics TEXT COLLATE "C" NOT NULL,
    source_kind TEXT COLLATE "C" NOT NULL,
    source TEXT COLLATE "C" NOT NULL,
    owner_id BIGINT NOT NULL REFERENCES agencies,
    legal_basis TEXT COLLATE "C" NOT NULL,
    weight BIGINT NOT NULL,
    agency_kinds TEXT COLLATE "C" NOT NULL,
    valid_from DATE NOT NULL,
    valid_to DATE,
    version BIGINT NOT NULL
);

CREATE TABLE targets (
    id BIGINT PRIMARY KEY,
    indicator_id BIGINT NOT NULL REFERENCES indicators,
    movement_id BIGINT REFERENCES movements,
    phase_id BIGINT REFERENCES phases,
    year INTEGER,
    agency_id BIGINT REFERENCES agencies,
    numerator BIGINT NOT NULL,
    denominator BIGINT NOT NULL,
    comparison TEXT COLLATE "C" NOT NULL,
    basis TEXT COLLATE "C" NOT NULL
);

CREATE TABLE calendars (
    id BIGINT PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    name_vi TEXT COLLATE "C" NOT NULL,
    name_en TEXT COLLATE "C",
    closing_day INTEGER
);

CREATE TABLE periods (
    id BIGINT PRIMARY KEY,
    calendar_id BIGINT NOT NULL REFERENCES calendars,
    period TEXT COLLATE "C" NOT NULL,
    cut_off DATE,
    submission_due DATE,
    locks_on DATE,
    UNIQUE (calendar_id, period)
);

CREATE TABLE staff (
    id BIGINT PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    kind TEXT COLLATE "C" NOT NULL,
    agency_id BIGINT NOT NULL REFERENCES agencies
);
CREATE INDEX staff_by_agency_id_id ON staff (agency_id, id);

-- Names live apart from everything chained, so that they can be erased.
CREATE TABLE staff_names (
    staff_id BIGINT NOT NULL REFERENCES staff,
    name TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (staff_id)
);

-- Who holds a member of staff or an information system, and when.
CREATE TABLE tenures (
    subject TEXT COLLATE "C" NOT NULL,
    subject_id BIGINT NOT NULL,
    agency_id BIGINT NOT NULL REFERENCES agencies,
    from_on DATE NOT NULL,
    to_on DATE,
    PRIMARY KEY (subject, subject_id, from_on)
);
CREATE INDEX tenures_by_agency_id_to_on ON tenures (agency_id, to_on);

CREATE TABLE courses (
    id BIGINT PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    kind TEXT COLLATE "C" NOT NULL,
    form TEXT COLLATE "C" NOT NULL,
    hours BIGINT NOT NULL,
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    organiser_id BIGINT NOT NULL REFERENCES agencies
);

CREATE TABLE training_records (
    id BIGINT PRIMARY KEY,
    staff_id BIGINT NOT NULL REFERENCES staff,
    course_id BIGINT NOT NULL REFERENCES courses,
    held_on DATE NOT NULL,
    result TEXT COLLATE "C" NOT NULL,
    confirmed_on DATE,
    certificate TEXT COLLATE "C",
    UNIQUE (staff_id, course_id)
);
CREATE INDEX training_records_by_course_id_id ON training_records (course_id, id);
CREATE INDEX training_records_by_held_on_id ON training_records (held_on, id);

CREATE TABLE document_exchanges (
    id BIGINT PRIMARY KEY,
    agency_id BIGINT NOT NULL REFERENCES agencies,
    calendar_id BIGINT NOT NULL REFERENCES calendars,
    month INTEGER NOT NULL,
    direction TEXT COLLATE "C" NOT NULL,
    total BIGINT NOT NULL,
    secret BIGINT NOT NULL,
    electronic BIGINT NOT NULL,
    signed BIGINT NOT NULL,
    paperless BIGINT NOT NULL,
    failed BIGINT NOT NULL,
    UNIQUE (agency_id, calendar_id, month, direction),
    CHECK (secret >= 0 AND secret <= total),
    CHECK (electronic >= 0 AND electronic <= total - secret),
    CHECK (signed >= 0 AND signed <= electronic),
    CHECK (paperless >= 0 AND paperless <= signed),
    CHECK (failed >= 0)
);
CREATE INDEX document_exchanges_by_month_id ON document_exchanges (month, id);

CREATE TABLE information_systems (
    id BIGINT PRIMARY KEY,
    code TEXT COLLATE "C" NOT NULL UNIQUE,
    name TEXT COLLATE "C" NOT NULL,
    level INTEGER,
    level_basis TEXT COLLATE "C",
    agency_id BIGINT NOT NULL REFERENCES agencies
);

CREATE TABLE monitoring_statuses (
    id BIGINT PRIMARY KEY,
    system_id BIGINT NOT NULL REFERENCES information_systems,
    status_on DATE NOT NULL,
    level_approved BOOLEAN NOT NULL,
    plan_deployed BOOLEAN NOT NULL,
    monitored_by TEXT COLLATE "C" NOT NULL,
    last_event DATE,
    assessment_valid_until DATE,
    evidence TEXT COLLATE "C",
    note TEXT COLLATE "C",
    UNIQUE (system_id, status_on)
);
CREATE INDEX monitoring_statuses_by_status_on_id ON monitoring_statuses (status_on, id);

CREATE TABLE incidents (
    id BIGINT PRIMARY KEY,
    agency_id BIGINT NOT NULL REFERENCES agencies,
    system_id BIGINT REFERENCES information_systems,
    kind TEXT COLLATE "C" NOT NULL,
    severity TEXT COLLATE "C" NOT NULL,
    title TEXT COLLATE "C" NOT NULL,
    description TEXT COLLATE "C",
    detected_at BIGINT NOT NULL,
    first_reported_at BIGINT,
    detailed_reported_at BIGINT,
    resolved_at BIGINT
);
CREATE INDEX incidents_by_detected_at_id ON incidents (detected_at, id);

CREATE TABLE observations (
    id BIGINT PRIMARY KEY,
    indicator_id BIGINT NOT NULL REFERENCES indicators,
    agency_id BIGINT NOT NULL REFERENCES agencies,
    calendar_id BIGINT NOT NULL REFERENCES calendars,
    month INTEGER NOT NULL,
    numerator BIGINT NOT NULL,
    denominator BIGINT NOT NULL,
    evidence TEXT COLLATE "C",
    note TEXT COLLATE "C",
    nature TEXT COLLATE "C" NOT NULL,
    UNIQUE (indicator_id, agency_id, calendar_id, month),
    CHECK (numerator >= 0 AND denominator >= 0)
);
CREATE INDEX observations_by_month_id ON observations (month, id);

CREATE TABLE users (
    id BIGINT PRIMARY KEY,
    username TEXT COLLATE "C" NOT NULL UNIQUE,
    display_name TEXT COLLATE "C",
    role TEXT COLLATE "C" NOT NULL,
    agency_id BIGINT REFERENCES agencies,
    disabled BOOLEAN NOT NULL,
    password_version BIGINT NOT NULL,
    password_hash TEXT COLLATE "C" NOT NULL
);

-- Tokens logged out before they ran out.
CREATE TABLE revoked_tokens (
    id BIGINT PRIMARY KEY,
    token_id TEXT COLLATE "C" NOT NULL UNIQUE,
    user_id BIGINT NOT NULL REFERENCES users,
    expires_at BIGINT NOT NULL
);

-- The change log: append-only, seq without gaps in commit order, each row chained to the one before.
CREATE TABLE changes (
    seq BIGINT PRIMARY KEY,
    at BIGINT NOT NULL,
    actor_kind TEXT COLLATE "C" NOT NULL,
    actor_id BIGINT NOT NULL,
    resource TEXT COLLATE "C" NOT NULL,
    resource_id BIGINT NOT NULL,
    operation TEXT COLLATE "C" NOT NULL,
    before TEXT COLLATE "C",
    after TEXT COLLATE "C",
    reason TEXT COLLATE "C",
    previous_hash TEXT COLLATE "C" NOT NULL,
    hash TEXT COLLATE "C" NOT NULL
);
CREATE INDEX changes_by_resource_resource_id_seq ON changes (resource, resource_id, seq);

-- Current sums; every row is the last of its versions.
CREATE TABLE cells (
    indicator_id BIGINT NOT NULL,
    agency_id BIGINT NOT NULL,
    calendar_id BIGINT NOT NULL,
    month INTEGER NOT NULL,
    numerator BIGINT NOT NULL,
    denominator BIGINT NOT NULL,
    reports BIGINT NOT NULL,
    PRIMARY KEY (indicator_id, agency_id, calendar_id, month)
);

-- Every value a cell has had, by the change that gave it.
CREATE TABLE cell_versions (
    indicator_id BIGINT NOT NULL,
    agency_id BIGINT NOT NULL,
    calendar_id BIGINT NOT NULL,
    month INTEGER NOT NULL,
    seq BIGINT NOT NULL,
    numerator BIGINT NOT NULL,
    denominator BIGINT NOT NULL,
    reports BIGINT NOT NULL,
    PRIMARY KEY (indicator_id, agency_id, calendar_id, month, seq)
);
CREATE INDEX cell_versions_by_seq ON cell_versions (seq);

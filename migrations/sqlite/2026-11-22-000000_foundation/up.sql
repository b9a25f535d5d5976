-- Agencies, closed ones included.
CREATE TABLE agencies (
    id INTEGER PRIMARY KEY,
    identifier TEXT NOT NULL UNIQUE,
    former_identifier TEXT UNIQUE,
    area_code TEXT,
    name_vi TEXT NOT NULL,
    name_en TEXT,
    kind TEXT NOT NULL,
    parent_id INTEGER REFERENCES agencies,
    valid_from TEXT NOT NULL,
    valid_to TEXT
) STRICT;

-- Which agency was merged or divided into which.
CREATE TABLE agency_successions (
    predecessor_id INTEGER NOT NULL REFERENCES agencies,
    successor_id INTEGER NOT NULL REFERENCES agencies,
    PRIMARY KEY (predecessor_id, successor_id)
) STRICT;

CREATE TABLE movements (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name_vi TEXT NOT NULL,
    name_en TEXT,
    basis TEXT NOT NULL
) STRICT;

CREATE TABLE phases (
    id INTEGER PRIMARY KEY,
    movement_id INTEGER NOT NULL REFERENCES movements,
    code TEXT NOT NULL,
    name_vi TEXT NOT NULL,
    name_en TEXT,
    first_year INTEGER NOT NULL,
    last_year INTEGER NOT NULL,
    frozen INTEGER NOT NULL CHECK (frozen IN (0, 1)),
    UNIQUE (movement_id, code)
) STRICT;

CREATE TABLE indicators (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    movement_id INTEGER NOT NULL REFERENCES movements,
    name_vi TEXT NOT NULL,
    name_en TEXT,
    numerator_definition TEXT NOT NULL,
    denominator_definition TEXT NOT NULL,
    unit TEXT NOT NULL,
    semantics TEXT NOT NULL,
    source_kind TEXT NOT NULL,
    source TEXT NOT NULL,
    owner_id INTEGER NOT NULL REFERENCES agencies,
    legal_basis TEXT NOT NULL,
    weight INTEGER NOT NULL,
    agency_kinds TEXT NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    version INTEGER NOT NULL
) STRICT;

CREATE TABLE targets (
    id INTEGER PRIMARY KEY,
    indicator_id INTEGER NOT NULL REFERENCES indicators,
    movement_id INTEGER REFERENCES movements,
    phase_id INTEGER REFERENCES phases,
    year INTEGER,
    agency_id INTEGER REFERENCES agencies,
    numerator INTEGER NOT NULL,
    denominator INTEGER NOT NULL,
    comparison TEXT NOT NULL,
    basis TEXT NOT NULL
) STRICT;

CREATE TABLE calendars (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name_vi TEXT NOT NULL,
    name_en TEXT,
    closing_day INTEGER
) STRICT;

CREATE TABLE periods (
    id INTEGER PRIMARY KEY,
    calendar_id INTEGER NOT NULL REFERENCES calendars,
    period TEXT NOT NULL,
    cut_off TEXT,
    submission_due TEXT,
    locks_on TEXT,
    UNIQUE (calendar_id, period)
) STRICT;

CREATE TABLE staff (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    agency_id INTEGER NOT NULL REFERENCES agencies
) STRICT;
CREATE INDEX staff_by_agency_id_id ON staff (agency_id, id);

-- Names live apart from everything chained, so that they can be erased.
CREATE TABLE staff_names (
    staff_id INTEGER NOT NULL REFERENCES staff,
    name TEXT NOT NULL,
    PRIMARY KEY (staff_id)
) STRICT;

-- Who holds a member of staff or an information system, and when.
CREATE TABLE tenures (
    subject TEXT NOT NULL,
    subject_id INTEGER NOT NULL,
    agency_id INTEGER NOT NULL REFERENCES agencies,
    from_on TEXT NOT NULL,
    to_on TEXT,
    PRIMARY KEY (subject, subject_id, from_on)
) STRICT, WITHOUT ROWID;
CREATE INDEX tenures_by_agency_id_to_on ON tenures (agency_id, to_on);

CREATE TABLE courses (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    form TEXT NOT NULL,
    hours INTEGER NOT NULL,
    from_on TEXT NOT NULL,
    to_on TEXT NOT NULL,
    organiser_id INTEGER NOT NULL REFERENCES agencies
) STRICT;

CREATE TABLE training_records (
    id INTEGER PRIMARY KEY,
    staff_id INTEGER NOT NULL REFERENCES staff,
    course_id INTEGER NOT NULL REFERENCES courses,
    held_on TEXT NOT NULL,
    result TEXT NOT NULL,
    confirmed_on TEXT,
    certificate TEXT,
    UNIQUE (staff_id, course_id)
) STRICT;
CREATE INDEX training_records_by_course_id_id ON training_records (course_id, id);
CREATE INDEX training_records_by_held_on_id ON training_records (held_on, id);

CREATE TABLE document_exchanges (
    id INTEGER PRIMARY KEY,
    agency_id INTEGER NOT NULL REFERENCES agencies,
    calendar_id INTEGER NOT NULL REFERENCES calendars,
    month INTEGER NOT NULL,
    direction TEXT NOT NULL,
    total INTEGER NOT NULL,
    secret INTEGER NOT NULL,
    electronic INTEGER NOT NULL,
    signed INTEGER NOT NULL,
    paperless INTEGER NOT NULL,
    failed INTEGER NOT NULL,
    UNIQUE (agency_id, calendar_id, month, direction),
    CHECK (secret >= 0 AND secret <= total),
    CHECK (electronic >= 0 AND electronic <= total - secret),
    CHECK (signed >= 0 AND signed <= electronic),
    CHECK (paperless >= 0 AND paperless <= signed),
    CHECK (failed >= 0)
) STRICT;
CREATE INDEX document_exchanges_by_month_id ON document_exchanges (month, id);

CREATE TABLE information_systems (
    id INTEGER PRIMARY KEY,
    code TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    level INTEGER,
    level_basis TEXT,
    agency_id INTEGER NOT NULL REFERENCES agencies
) STRICT;

CREATE TABLE monitoring_statuses (
    id INTEGER PRIMARY KEY,
    system_id INTEGER NOT NULL REFERENCES information_systems,
    status_on TEXT NOT NULL,
    level_approved INTEGER NOT NULL CHECK (level_approved IN (0, 1)),
    plan_deployed INTEGER NOT NULL CHECK (plan_deployed IN (0, 1)),
    monitored_by TEXT NOT NULL,
    last_event TEXT,
    assessment_valid_until TEXT,
    evidence TEXT,
    note TEXT,
    UNIQUE (system_id, status_on)
) STRICT;
CREATE INDEX monitoring_statuses_by_status_on_id ON monitoring_statuses (status_on, id);

CREATE TABLE incidents (
    id INTEGER PRIMARY KEY,
    agency_id INTEGER NOT NULL REFERENCES agencies,
    system_id INTEGER REFERENCES information_systems,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    detected_at INTEGER NOT NULL,
    first_reported_at INTEGER,
    detailed_reported_at INTEGER,
    resolved_at INTEGER
) STRICT;
CREATE INDEX incidents_by_detected_at_id ON incidents (detected_at, id);

CREATE TABLE observations (
    id INTEGER PRIMARY KEY,
    indicator_id INTEGER NOT NULL REFERENCES indicators,
    agency_id INTEGER NOT NULL REFERENCES agencies,
    calendar_id INTEGER NOT NULL REFERENCES calendars,
    month INTEGER NOT NULL,
    numerator INTEGER NOT NULL,
    denominator INTEGER NOT NULL,
    evidence TEXT,
    note TEXT,
    nature TEXT NOT NULL,
    UNIQUE (indicator_id, agency_id, calendar_id, month),
    CHECK (numerator >= 0 AND denominator >= 0)
) STRICT;
CREATE INDEX observations_by_month_id ON observations (month, id);

CREATE TABLE users (
    id INTEGER PRIMARY KEY,
    username TEXT NOT NULL UNIQUE,
    display_name TEXT,
    role TEXT NOT NULL,
    agency_id INTEGER REFERENCES agencies,
    disabled INTEGER NOT NULL CHECK (disabled IN (0, 1)),
    password_version INTEGER NOT NULL,
    password_hash TEXT NOT NULL
) STRICT;

-- Tokens logged out before they ran out.
CREATE TABLE revoked_tokens (
    id INTEGER PRIMARY KEY,
    token_id TEXT NOT NULL UNIQUE,
    user_id INTEGER NOT NULL REFERENCES users,
    expires_at INTEGER NOT NULL
) STRICT;

-- The change log: append-only, seq without gaps in commit order, each row chained to the one before.
CREATE TABLE changes (
    seq INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    actor_kind TEXT NOT NULL,
    actor_id INTEGER NOT NULL,
    resource TEXT NOT NULL,
    resource_id INTEGER NOT NULL,
    operation TEXT NOT NULL,
    before TEXT,
    after TEXT,
    reason TEXT,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL
) STRICT;
CREATE INDEX changes_by_resource_resource_id_seq ON changes (resource, resource_id, seq);

-- Current sums; every row is the last of its versions.
CREATE TABLE cells (
    indicator_id INTEGER NOT NULL,
    agency_id INTEGER NOT NULL,
    calendar_id INTEGER NOT NULL,
    month INTEGER NOT NULL,
    numerator INTEGER NOT NULL,
    denominator INTEGER NOT NULL,
    reports INTEGER NOT NULL,
    PRIMARY KEY (indicator_id, agency_id, calendar_id, month)
) STRICT, WITHOUT ROWID;

-- Every value a cell has had, by the change that gave it.
CREATE TABLE cell_versions (
    indicator_id INTEGER NOT NULL,
    agency_id INTEGER NOT NULL,
    calendar_id INTEGER NOT NULL,
    month INTEGER NOT NULL,
    seq INTEGER NOT NULL,
    numerator INTEGER NOT NULL,
    denominator INTEGER NOT NULL,
    reports INTEGER NOT NULL,
    PRIMARY KEY (indicator_id, agency_id, calendar_id, month, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX cell_versions_by_seq ON cell_versions (seq);

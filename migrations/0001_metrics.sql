-- What was measured. Times are integers (milliseconds since 1970, UTC); BIGINT and not BOOLEAN
-- throughout, since both engines and sqlx::Any agree on little else.

-- Numbers that are given out. A row lock on PostgreSQL makes them appear in the order of commits,
-- which sequences do not promise, so that a reader's "after number n" never misses a late commit.
CREATE TABLE counters (
    name  TEXT PRIMARY KEY,
    value BIGINT NOT NULL
);

CREATE TABLE series (
    id            INTEGER PRIMARY KEY,
    signal        TEXT NOT NULL,
    subject       TEXT NOT NULL,
    -- Hours before this moment have their summaries.
    summarised_to BIGINT NOT NULL,
    UNIQUE (signal, subject)
);

-- The newest hours, one row a point.
CREATE TABLE points (
    series INTEGER NOT NULL,
    at     BIGINT NOT NULL,
    value  DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (series, at)
);

-- Everything older: a window of one series, compressed.
CREATE TABLE chunks (
    series   INTEGER NOT NULL,
    start    BIGINT NOT NULL,
    newest   BIGINT NOT NULL,
    points   BIGINT NOT NULL,
    data     BYTEA NOT NULL,
    PRIMARY KEY (series, start)
);

CREATE TABLE hours (
    series  INTEGER NOT NULL,
    hour    BIGINT NOT NULL,
    samples BIGINT NOT NULL,
    least   DOUBLE PRECISION NOT NULL,
    mean    DOUBLE PRECISION NOT NULL,
    median  DOUBLE PRECISION NOT NULL,
    p95     DOUBLE PRECISION NOT NULL,
    most    DOUBLE PRECISION NOT NULL,
    PRIMARY KEY (series, hour)
);

CREATE TABLE baselines (
    series       INTEGER NOT NULL,
    hour_of_week BIGINT NOT NULL,
    usual        DOUBLE PRECISION NOT NULL,
    spread       DOUBLE PRECISION NOT NULL,
    hours        BIGINT NOT NULL,
    seasons      TEXT NOT NULL,
    PRIMARY KEY (series, hour_of_week)
);

-- One bit a minute: which minutes had data, and in which of those the subject answered.
CREATE TABLE uptime_hours (
    subject TEXT NOT NULL,
    hour    BIGINT NOT NULL,
    seen    BIGINT NOT NULL,
    good    BIGINT NOT NULL,
    PRIMARY KEY (subject, hour)
);

-- Hours that are older than the detail is kept, added up by day.
CREATE TABLE uptime_days (
    subject TEXT NOT NULL,
    day     BIGINT NOT NULL,
    seen    BIGINT NOT NULL,
    good    BIGINT NOT NULL,
    PRIMARY KEY (subject, day)
);

CREATE TABLE deployments (
    service     TEXT NOT NULL,
    environment TEXT NOT NULL,
    version     TEXT NOT NULL,
    minute      BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    body        TEXT NOT NULL,
    PRIMARY KEY (service, environment, version, minute)
);
CREATE INDEX deployments_at ON deployments (at);

CREATE TABLE sources (
    source TEXT PRIMARY KEY,
    body   TEXT NOT NULL
);

CREATE TABLE calls (
    environment TEXT NOT NULL,
    caller      TEXT NOT NULL,
    called      TEXT NOT NULL,
    seen_at     BIGINT NOT NULL,
    PRIMARY KEY (environment, caller, called)
);

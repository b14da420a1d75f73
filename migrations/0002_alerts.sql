-- What quad decided, and what people did about it. An alert is its JSON; the columns beside it are
-- what is searched for.

CREATE TABLE alerts (
    number      BIGINT PRIMARY KEY,
    id          TEXT NOT NULL UNIQUE,
    status      TEXT NOT NULL,
    opened_at   BIGINT NOT NULL,
    resolved_at BIGINT,
    version     BIGINT NOT NULL,
    body        TEXT NOT NULL
);
CREATE INDEX alerts_open ON alerts (number) WHERE status <> 'resolved';
CREATE INDEX alerts_opened ON alerts (opened_at);

CREATE TABLE alert_events (
    id    BIGINT PRIMARY KEY,
    alert BIGINT NOT NULL,
    at    BIGINT NOT NULL,
    who   TEXT,
    what  TEXT NOT NULL
);
CREATE INDEX alert_events_alert ON alert_events (alert, id);

-- The root message of an alert on each platform.
CREATE TABLE announcements (
    delivery TEXT PRIMARY KEY,
    alert    BIGINT NOT NULL,
    platform TEXT NOT NULL
);
CREATE INDEX announcements_alert ON announcements (alert);

CREATE TABLE audit (
    id       BIGINT PRIMARY KEY,
    at       BIGINT NOT NULL,
    who_id   TEXT NOT NULL,
    who_name TEXT NOT NULL,
    what     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    outcome  TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at);

CREATE TABLE state (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);

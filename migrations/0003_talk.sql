-- What people said, and what was said to them.

CREATE TABLE inbound (
    id          BIGINT PRIMARY KEY,
    platform    TEXT NOT NULL,
    event_id    TEXT NOT NULL,
    accepted_at BIGINT NOT NULL,
    lease_until BIGINT NOT NULL,
    attempts    BIGINT NOT NULL,
    done        BIGINT NOT NULL,
    body        TEXT NOT NULL,
    UNIQUE (platform, event_id)
);
CREATE INDEX inbound_open ON inbound (id) WHERE done = 0;

CREATE TABLE outbox (
    id              TEXT PRIMARY KEY,
    seq             BIGINT NOT NULL,
    platform        TEXT NOT NULL,
    -- The channel: what pacing and order are kept for. Replies and edits inherit it.
    lane            TEXT NOT NULL,
    urgency         BIGINT NOT NULL,
    state           TEXT NOT NULL,
    -- 1 once an attempt ended without a known outcome: look before sending again.
    doubt           BIGINT NOT NULL,
    attempts        BIGINT NOT NULL,
    at              BIGINT NOT NULL,
    due             BIGINT NOT NULL,
    lease_until     BIGINT NOT NULL,
    refers          TEXT,
    receipt_channel TEXT,
    receipt_message TEXT,
    reason          TEXT,
    ended_at        BIGINT,
    body            TEXT NOT NULL
);
CREATE INDEX outbox_open ON outbox (platform, lane, urgency, seq) WHERE state IN ('pending', 'sending');
CREATE INDEX outbox_ended ON outbox (ended_at);
CREATE INDEX outbox_receipt ON outbox (platform, receipt_message);

-- Channels whose platform asked to wait.
CREATE TABLE lanes (
    platform     TEXT NOT NULL,
    lane         TEXT NOT NULL,
    paused_until BIGINT NOT NULL,
    PRIMARY KEY (platform, lane)
);

CREATE TABLE messages (
    id           BIGINT PRIMARY KEY,
    -- Grows with every message and every edit, over all conversations.
    revision     BIGINT NOT NULL,
    conversation TEXT NOT NULL,
    thread       TEXT,
    author       TEXT NOT NULL,
    delivery     TEXT UNIQUE,
    at           BIGINT NOT NULL,
    edited_at    BIGINT,
    body         TEXT NOT NULL
);
CREATE INDEX messages_conversation ON messages (conversation, id);
CREATE INDEX messages_revision ON messages (conversation, revision);

-- Only SHA-256 hashes of tokens stand here.
CREATE TABLE logins (
    hash    TEXT PRIMARY KEY,
    person  TEXT NOT NULL,
    expires BIGINT NOT NULL
);
CREATE TABLE sessions (
    hash    TEXT PRIMARY KEY,
    person  TEXT NOT NULL,
    expires BIGINT NOT NULL
);

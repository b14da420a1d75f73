-- What the diagnosis of an alert was made from, so that it can be made again.

CREATE TABLE evidence (
    alert BIGINT PRIMARY KEY,
    at    BIGINT NOT NULL,
    body  TEXT NOT NULL
);
CREATE INDEX evidence_at ON evidence (at);

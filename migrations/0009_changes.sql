-- Changes that wait for somebody's click, and those that are in force.

CREATE TABLE changes (
    number     BIGINT PRIMARY KEY,
    state      TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    -- When it was approved; what came later wins.
    decided_at BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    body       TEXT NOT NULL
);
CREATE INDEX changes_state ON changes (state, expires_at);

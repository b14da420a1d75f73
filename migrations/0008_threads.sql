-- The last question of each place, so that the next may continue it.

CREATE TABLE threads (
    platform TEXT NOT NULL,
    channel  TEXT NOT NULL,
    -- The thread's id; where there is no thread, '@' and the person's id.
    thread   TEXT NOT NULL,
    at       BIGINT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (platform, channel, thread)
);

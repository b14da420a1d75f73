-- What statements of databases cost, one row a check window; older ones are put together by the hour.
-- Texts are fingerprints: no literal is ever in here.

CREATE TABLE statement_windows (
    database TEXT NOT NULL,
    ends     BIGINT NOT NULL,
    begins   BIGINT NOT NULL,
    body     TEXT NOT NULL,
    PRIMARY KEY (database, ends)
);

CREATE TABLE statements (
    database   TEXT NOT NULL,
    statement  TEXT NOT NULL,
    text       TEXT NOT NULL,
    owner      TEXT,
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    PRIMARY KEY (database, statement)
);
CREATE INDEX statements_last_seen ON statements (last_seen);

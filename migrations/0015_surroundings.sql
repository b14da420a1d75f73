-- What the cost of statements depends on: the tables and indexes of a database as long as they were alike, and the
-- plans of statements as long as they kept their shape. No value of any row is in here.

CREATE TABLE database_tables (
    database   TEXT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    body       TEXT NOT NULL,
    PRIMARY KEY (database, first_seen)
);

CREATE TABLE statement_plans (
    database   TEXT NOT NULL,
    statement  TEXT NOT NULL,
    first_seen BIGINT NOT NULL,
    last_seen  BIGINT NOT NULL,
    shape      TEXT NOT NULL,
    PRIMARY KEY (database, statement, first_seen)
);

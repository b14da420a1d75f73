-- Indexes on their way: approved, being made, and looked at until their gain is known.

CREATE TABLE index_works (
    change_number BIGINT NOT NULL,
    run           TEXT NOT NULL,
    due           BIGINT,
    body          TEXT NOT NULL,
    PRIMARY KEY (change_number, run)
);
CREATE INDEX index_works_due ON index_works (due) WHERE due IS NOT NULL;

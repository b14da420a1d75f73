-- Issues on their way to where developers keep their work.

CREATE TABLE issue_works (
    change_number BIGINT PRIMARY KEY,
    due           BIGINT,
    body          TEXT NOT NULL
);
CREATE INDEX issue_works_due ON issue_works (due) WHERE due IS NOT NULL;

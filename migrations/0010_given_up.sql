-- What was given up is asked for in every overview, and is rare among all that was sent.

CREATE INDEX outbox_given_up ON outbox (ended_at) WHERE state = 'given_up';

-- Weaker evidence of a minute, kept apart, so that it does not matter who reports first: in which
-- minutes at least its metrics page answered, and in which something failed.

ALTER TABLE uptime_hours ADD COLUMN reachable BIGINT NOT NULL DEFAULT 0;
ALTER TABLE uptime_hours ADD COLUMN failed BIGINT NOT NULL DEFAULT 0;

-- A question is found by the message that it was said in, and its answer by the question, should the
-- message be deleted.

ALTER TABLE inbound ADD COLUMN said_in TEXT;
ALTER TABLE inbound ADD COLUMN answer TEXT;
CREATE INDEX inbound_said_in ON inbound (platform, said_in);

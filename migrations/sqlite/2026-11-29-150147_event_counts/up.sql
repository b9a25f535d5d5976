-- How often it happened, where an event tells of several. It is part of the event's hash where there is one.
ALTER TABLE events ADD COLUMN times INTEGER CHECK (times > 1);

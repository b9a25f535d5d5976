-- Why somebody did what the event tells, as far as it was said. It is part of the event's hash where there is one.
ALTER TABLE events ADD COLUMN reason TEXT COLLATE "C";

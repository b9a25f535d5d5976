-- Steps of an upgrade that are changes of rows: the first program to open the database takes them, through the writer.
CREATE TABLE upgrade_steps (
    name TEXT PRIMARY KEY
) STRICT;
-- Figures of people and of information systems are reported by records, no longer by the roll.
INSERT INTO upgrade_steps (name)
SELECT 'reported_by_records'
WHERE EXISTS (SELECT 1 FROM indicators WHERE source_kind IN ('monitoring_statuses', 'training_records'));

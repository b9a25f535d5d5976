-- Codes that differ in case alone are one. The program makes the unique keys for it, table_folded of lower(code): rows that
-- are there already may differ in nothing else, and the key must name them.
CREATE INDEX former_codes_by_folded ON former_codes (resource, lower(code));

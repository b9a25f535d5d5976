ALTER TABLE personal_keys RENAME TO staff_keys;
ALTER TABLE staff_keys RENAME COLUMN owner_id TO staff_id;

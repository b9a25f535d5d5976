-- A list of one kind of staff reads its page, and neither the table nor all of the kind.
CREATE INDEX staff_by_kind_code_id ON staff (kind, code, id);
CREATE INDEX staff_by_kind_id ON staff (kind, id);

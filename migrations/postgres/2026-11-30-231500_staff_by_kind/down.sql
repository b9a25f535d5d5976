DROP INDEX staff_by_kind_id;
DROP INDEX staff_by_kind_code_id;

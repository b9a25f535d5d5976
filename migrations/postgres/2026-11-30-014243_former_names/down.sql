DROP INDEX events_by_kind_seq;
DROP INDEX events_by_actor_id_seq;
DROP INDEX changes_by_resource_seq;
DROP INDEX changes_by_actor_id_seq;
DELETE FROM former_codes WHERE resource IN ('users', 'clients');

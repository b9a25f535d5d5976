-- Names that users and clients have had and have no more stand among the former codes from here on: the program fills them in
-- from the change log. The log is sought by who made a change, and by resource, in its order; events by who caused them, and
-- by kind.
CREATE INDEX changes_by_actor_id_seq ON changes (actor_id, seq);
CREATE INDEX changes_by_resource_seq ON changes (resource, seq);
CREATE INDEX events_by_actor_id_seq ON events (actor_id, seq);
CREATE INDEX events_by_kind_seq ON events (kind, seq);

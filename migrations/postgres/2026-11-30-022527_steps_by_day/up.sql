-- Steps are sought by the days to come, whatever came before.
CREATE INDEX day_steps_by_day ON day_steps (day, indicator_id, agency_id, calendar_id, seq);

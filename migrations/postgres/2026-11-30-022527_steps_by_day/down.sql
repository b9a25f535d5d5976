DROP INDEX day_steps_by_day;

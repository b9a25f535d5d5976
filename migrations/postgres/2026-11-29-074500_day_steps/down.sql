DROP TABLE day_steps;

DROP TABLE log_in_tries;

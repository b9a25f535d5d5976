DROP TABLE former_codes;

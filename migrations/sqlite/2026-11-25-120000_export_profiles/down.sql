DROP TABLE export_profiles;

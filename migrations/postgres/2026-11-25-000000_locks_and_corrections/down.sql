DROP TABLE errata;
DROP TABLE corrections;
DROP TABLE locks;

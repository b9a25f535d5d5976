DROP TABLE account_uses;
DROP TABLE recovery_codes;
DROP TABLE second_factors;

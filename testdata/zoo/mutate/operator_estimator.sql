-- operator_estimator.sql: zoo.<>#(integer, integer): without its estimator.
-- Caught by  operators
alter operator zoo.<># (integer, integer) set (restrict = none);

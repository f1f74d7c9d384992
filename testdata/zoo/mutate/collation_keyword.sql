-- collation_keyword.sql: zoo.spelled_true: numbers are sorted as text.
-- Caught by  collations
drop collation zoo.spelled_true;
create collation zoo.spelled_true (provider = icu, locale = 'EN-us-u-ks-level1-kn-false', deterministic = false);

-- rule.sql: zoo.ruled.e_always: another literal.
-- Caught by  rules
create or replace rule e_always as on update to zoo.ruled
    do also insert into zoo.rule_log select i, 'ever' from pg_catalog.generate_series(1, 2) as i;

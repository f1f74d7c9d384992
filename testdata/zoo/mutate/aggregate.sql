-- aggregate.sql: zoo."Odd Aggregate"(integer): its initial value.
-- Caught by  aggregates
drop aggregate zoo."Odd Aggregate"(integer);
create aggregate zoo."Odd Aggregate"(integer) (
    sfunc = zoo.sum_step,
    stype = bigint,
    initcond = '-9223372036854775807'
);

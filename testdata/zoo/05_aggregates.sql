-- 05_aggregates.sql: aggregates: plain, parallel, moving, ordered-set, hypothetical-set, variadic.
--
-- Holds    the support functions and the aggregates
create function zoo.sum_step(state bigint, n integer) returns bigint
    language sql immutable parallel safe
    as 'select state + coalesce(n, 0)';
create function zoo.sum_back(state bigint, n integer) returns bigint
    language sql immutable parallel safe
    as 'select state - coalesce(n, 0)';
create function zoo.sum_merge(a bigint, b bigint) returns bigint
    language sql immutable parallel safe
    as 'select coalesce(a, 0) + coalesce(b, 0)';
create function zoo.sum_final(state bigint) returns text
    language sql immutable parallel safe
    as $$ select 'sum ' || state $$;
create function zoo.concat_step(state text, item text, sep text) returns text
    language sql immutable
    as $$ select coalesce(state || sep, '') || coalesce(item, 'NULL') $$;
create function zoo.count_step(state bigint, variadic items text[]) returns bigint
    language sql immutable
    as 'select state + pg_catalog.cardinality(items)';

create aggregate zoo.total(integer) (
    sfunc = zoo.sum_step,
    stype = bigint,
    initcond = '0',
    combinefunc = zoo.sum_merge,
    parallel = safe
);
create aggregate zoo.total_text(integer) (
    sfunc = zoo.sum_step,
    stype = bigint,
    sspace = 64,
    finalfunc = zoo.sum_final,
    finalfunc_modify = read_only,
    initcond = '0',
    msfunc = zoo.sum_step,
    minvfunc = zoo.sum_back,
    mstype = bigint,
    msspace = 32,
    mfinalfunc = zoo.sum_final,
    mfinalfunc_modify = shareable,
    minitcond = '0'
);
create aggregate zoo.glue(item text, sep text) (
    sfunc = zoo.concat_step,
    stype = text
);
create aggregate zoo.largest(integer) (
    sfunc = pg_catalog.int4larger,
    stype = integer,
    sortop = operator(pg_catalog.>)
);
create aggregate zoo.count_all(variadic text[]) (
    sfunc = zoo.count_step,
    stype = bigint,
    initcond = '10'
);
create aggregate zoo.average(numeric) (
    sfunc = pg_catalog.numeric_avg_accum,
    stype = internal,
    sspace = 128,
    finalfunc = pg_catalog.numeric_avg,
    combinefunc = pg_catalog.numeric_avg_combine,
    serialfunc = pg_catalog.numeric_avg_serialize,
    deserialfunc = pg_catalog.numeric_avg_deserialize,
    parallel = safe
);
create aggregate zoo.percentile(double precision order by anyelement) (
    sfunc = pg_catalog.ordered_set_transition,
    stype = internal,
    finalfunc = pg_catalog.percentile_disc_final,
    finalfunc_extra,
    finalfunc_modify = read_write
);
create aggregate zoo.ranking(variadic "any" order by variadic "any") (
    sfunc = pg_catalog.ordered_set_transition_multi,
    stype = internal,
    finalfunc = pg_catalog.rank_final,
    finalfunc_extra,
    hypothetical
);
create aggregate zoo.count_rows(*) (
    sfunc = pg_catalog.int8inc,
    stype = bigint,
    initcond = '0'
);
create aggregate zoo."Odd Aggregate"(integer) (
    sfunc = zoo.sum_step,
    stype = bigint,
    initcond = '-9223372036854775808'
);

comment on aggregate zoo.total(integer) is 'Adds up.';
comment on aggregate zoo.percentile(double precision order by anyelement) is 'An ordered-set aggregate.';

-- 02_rows.sql: some rows for each of the five hundred tables.
--
-- Holds    about ten rows per table, the same on every run
-- Needs    01_tables.sql
do $do$
declare
    g text;
begin
    for i in 1..50 loop
        g := pg_catalog.lpad(i::text, 2, '0');
        execute pg_catalog.format($sql$
            insert into wide.root_%1$s (id) select n from pg_catalog.generate_series(1, 5) as n;
            insert into wide.kid_%1$s (id, name, extra)
            select n, nullif('kid ' || n, 'kid 12'), n / 7.0 from pg_catalog.generate_series(11, 16) as n;
            insert into wide.grandkid_%1$s (id, extra, more, late)
            select n, %2$s, array['', null, 'NULL', n::text], null from pg_catalog.generate_series(21, 24) as n;
            insert into wide.whole_%1$s
            select n, date '2023-06-01' + n * 30, (pg_catalog.enum_range(null::wide.colour))[n %% 4], '-0'::float8 / (n %% 3)::float8
            from pg_catalog.generate_series(1, 30) as n
            where n %% 3 <> 0;
            insert into wide.ring_a_%1$s select n, n %% 5 + 1, n, null from pg_catalog.generate_series(1, 10) as n;
            insert into wide.ring_b_%1$s (id, a) select n, n %% 10 + 1 from pg_catalog.generate_series(1, 10) as n;
            insert into wide.made_%1$s (base, word, self)
            select n * %2$s, case when n > 1 then 'word ' || n end, nullif(n - 1, 0)
            from pg_catalog.generate_series(1, 8) as n;
        $sql$, g, i);
    end loop;
end
$do$;

-- 55_needs19.sql: features new in PostgreSQL 19.
--
-- Holds    publications of all sequences and of all tables but some, a wrapper that provides connections, an aggregate with a
--          support function, the type oid8, windows that ignore nulls, ON CONFLICT DO SELECT, checks made enforced later
-- Needs    PostgreSQL 19 or newer
create publication zoo_sequences for all sequences;
create publication zoo_all_but for all tables except (table zoo.watched, zoo_part.parent, only zoo."UPPER")
    with (publish = 'insert');
create publication zoo_everything_but for all tables except (table zoo.checks), all sequences with (publish = 'truncate');
comment on publication zoo_sequences is 'All sequences.';

create function zoo_new.connection_of(oid, oid, internal) returns text
    language internal strict
    as 'pgsql_version';
create foreign data wrapper zoo_connects connection zoo_new.connection_of options (who 'zoo');
create foreign data wrapper zoo_offers connection zoo_new.connection_of;
create server zoo_connected foreign data wrapper zoo_connects;
create user mapping for public server zoo_connected;

create function zoo_new.supports(internal) returns internal
    language internal strict
    as 'generate_series_int4_support';
create aggregate zoo_new.supported_sum (integer) (sfunc = pg_catalog.int4pl, stype = integer, support = zoo_new.supports);

create table zoo_new.wide_numbers (
    id oid8 primary key,
    many oid8[],
    place regdatabase default pg_catalog.to_regdatabase('template1'),
    taken_on date default pg_catalog.random('2024-01-01'::date, '2024-01-01'::date)
);
insert into zoo_new.wide_numbers values
    ('18446744073709551615', '{0,4294967296}', 'template0'),
    ('0', null, null);
insert into zoo_new.wide_numbers (id) values ('4294967296');

create table zoo_new.enforced_later (
    id integer primary key,
    n integer constraint n_enforced_later check (n > 0) not enforced,
    m integer constraint m_relaxed_later check (m > 0)
) with (autovacuum_parallel_workers = 2, log_autoanalyze_min_duration = 1000);
insert into zoo_new.enforced_later values (1, 1, 1);
alter table zoo_new.enforced_later alter constraint n_enforced_later enforced;
alter table zoo_new.enforced_later alter constraint m_relaxed_later not enforced;
insert into zoo_new.enforced_later values (2, 1, -1); -- violates the one that is no longer enforced

create view zoo_new.v_windows as
select
    id,
    pg_catalog.last_value(n) ignore nulls over (order by id) as last_known,
    pg_catalog.lag(n, 2) ignore nulls over w as lag_known,
    pg_catalog.first_value(n) respect nulls over w as first_one
from zoo_new.enforced_later
window w as (order by id desc);
create view zoo_new.v_functions_19 as
select pg_catalog.uuid('\x00112233445566778899aabbccddeeff'::bytea) as from_bytes,
    pg_catalog.error_on_null(1) as known,
    pg_catalog.range_minus_multi(int4range(1, 10), int4range(3, 4)) as pieces,
    pg_catalog.jsonb_path_query('"A-b"', '$.lower()') as lowered;
create function zoo_new.got_or_made(wanted integer) returns setof integer
    language sql
    begin atomic
        insert into zoo_new.enforced_later (id, n) values (wanted, 1)
            on conflict (id) do select for update where enforced_later.n > 0 returning enforced_later.n;
    end;
create rule got_instead as on insert to zoo_new.v_windows do instead
    insert into zoo_new.enforced_later (id, n) values (new.id, 1)
        on conflict (id) do select returning enforced_later.id, enforced_later.n, enforced_later.n, enforced_later.n;
create statistics zoo_new.s_virtual_19 on v, t from zoo_new.virtual_columns;

comment on foreign data wrapper zoo_connects is 'Knows a connection.';

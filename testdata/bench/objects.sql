-- objects.sql: what a database may have thousands of. make bench-objects builds 2,000 and 8,000 of each kind.
--
-- A kind begins with its name after "-- kind: ", followed by a slash and the number of objects per statement if that is more than one.
-- Statements before "-- each" run once; those after it run once per object, with {n} its number, {sign} an operator name made from it,
-- {hundred} the last multiple of 100 before it, and {columns} a list of columns, one for each object of the statement.

-- kind: tables with identity
-- each
create table t{n} (id int generated always as identity primary key, name text, at timestamptz);

-- kind: foreign keys
create table p (id int primary key);
-- each
create table t{n} (id int references p, name text);

-- kind: columns of wide tables / 1000
-- each
create table t{n} ({columns});

-- kind: partitions of one table
create table p (id int, name text) partition by list (id);
-- each
create table t{n} partition of p for values in ({n});

-- kind: partitioned tables
-- each
create table t{n} (id int generated always as identity) partition by range (id);
create table t{n}_1 partition of t{n} default;

-- kind: inheritance children
create table p (id int default 1 check (id > 0), name text);
-- each
create table t{n} (more int) inherits (p);

-- kind: views
create table p (id int, name text);
-- each
create view v{n} as select id, upper(name) as name from p where id > {n};

-- kind: views of views
create view v0 as select 1 as id;
-- each
create view v{n} as select id from v{hundred};

-- kind: materialized views
create table p (id int, name text);
-- each
create materialized view v{n} as select id, upper(name) as name from p where id > {n};

-- kind: functions
-- each
create function f{n}(a int, b text default 'x') returns int language sql as 'select a + {n}';

-- kind: bodies of functions
create table p (id int);
-- each
create function f{n}() returns void language plpgsql as 'begin perform 1 from p; end';

-- kind: aggregates
-- each
create aggregate a{n}(int) (sfunc = int4pl, stype = int, initcond = '0');

-- kind: operators
-- each
create function f{n}(int, int) returns bool language sql immutable as 'select $1 < $2';
create operator <#{sign}> (function = f{n}, leftarg = int, rightarg = int);

-- kind: triggers of one table
create table p (id int);
create function f() returns trigger language plpgsql as 'begin return new;
end';
-- each
create trigger g{n} before insert on p for each row when (new.id > {n}) execute function f();

-- kind: triggers of tables
create function f() returns trigger language plpgsql as 'begin return new;
end';
-- each
create table t{n} (id int);
create trigger g after insert on t{n} for each row execute function f();

-- kind: rules of one table
create table p (id int);
-- each
create rule r{n} as on insert to p where new.id = {n} do also nothing;

-- kind: policies of one table
create table p (id int);
-- each
create policy q{n} on p using (id > {n});

-- kind: enums
-- each
create type e{n} as enum ('a', 'b', 'c');

-- kind: labels of one enum
create type e as enum ();
-- each
alter type e add value 'label{n}';

-- kind: domains
-- each
create domain d{n} as text check (value <> '');

-- kind: composite types
-- each
create type c{n} as (a int, b text);

-- kind: columns of composite types
-- each
create type c{n} as (a int, b text);
create table t{n} (c c{n}, d c{n}[]);

-- kind: range types
-- each
create type r{n} as range (subtype = float8);

-- kind: schemas
-- each
create schema s{n};

-- kind: schemas with a table
-- each
create schema s{n};
create table s{n}.t (id serial primary key);

-- kind: grants on tables
-- each
create table t{n} (id int);
grant select, insert on t{n} to pg_monitor;
grant select on t{n} to public;

-- kind: grants on columns
-- each
create table t{n} (id int, name text);
grant select (id), update (name) on t{n} to pg_monitor;

-- kind: default privileges
-- each
create schema s{n};
alter default privileges in schema s{n} grant select on tables to pg_monitor;

-- kind: comments
-- each
create table t{n} (id int);
comment on table t{n} is 'the table {n}';
comment on column t{n}.id is 'its key';

-- kind: tables of a publication
create publication p;
-- each
create table t{n} (id int);
alter publication p add table t{n};

-- kind: publications
-- each
create table t{n} (id int);
create publication p{n} for table t{n};

-- kind: extended statistics
-- each
create table t{n} (a int, b int);
create statistics x{n} on a, b from t{n};

-- kind: large objects
-- each
select lo_from_bytea({n} + 100000, 'the large object {n}');

-- kind: indexes of one table
create table p (id int, name text);
-- each
create index i{n} on p (name) where id = {n};

-- kind: indexes with functions
create function f(int) returns int language sql immutable as 'select $1';
-- each
create table t{n} (id int);
create index on t{n} (f(id));

-- kind: checks
-- each
create table t{n} (id int check (id > {n}), name text not null default 'x' unique);

-- kind: sequences
-- each
create sequence s{n};

-- kind: generated columns
-- each
create table t{n} (id int, twice int generated always as (id * 2) stored);

-- kind: foreign tables
create foreign data wrapper w;
create server s foreign data wrapper w;
-- each
create foreign table t{n} (id int) server s options (a 'b');

-- kind: text search configurations
-- each
create text search configuration c{n} (copy = pg_catalog.english);

-- kind: collations
-- each
create collation c{n} (locale = 'C');

-- kind: casts
-- each
create type e{n} as enum ('a');
create function f{n}(e{n}) returns int language sql as 'select 1';
create cast (e{n} as int) with function f{n}(e{n});

-- kind: materialized views over functions
create table p (id int);
-- each
create function f{n}() returns bigint language plpgsql as 'begin return (select count(*) from p); end';
create materialized view v{n} as select f{n}() as n;

-- kind: columns of range types
-- each
create type r{n} as range (subtype = float8);
create table t{n} (r r{n}, s r{n}[]);

-- kind: some of everything
create table p (id int primary key);
create table q (id int) partition by list (id);
create function f() returns trigger language plpgsql as 'begin return new; end';
create publication p;
-- each
create type c{n} as (a int, b text);
create type r{n} as range (subtype = float8);
create table t{n} (id int generated always as identity primary key, p int references p, c c{n}, name text default 'x' check (name <> ''));
create index on t{n} (upper(name));
create table q{n} partition of q for values in ({n});
create trigger g after insert on t{n} for each row execute function f();
create policy q{n} on t{n} using (id > 0);
comment on table t{n} is 'the table {n}';
grant select on t{n} to public;
alter publication p add table t{n};
create statistics x{n} on p, name from t{n};
create function f{n}() returns bigint language plpgsql as 'begin return (select count(*) from p); end';
create materialized view m{n} as select f{n}() as n;
create view v{n} as select id from t{n};
select lo_create({n} + 100000);

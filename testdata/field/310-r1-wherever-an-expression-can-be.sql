-- 310-r1-wherever-an-expression-can-be: a trigger condition and a check that compare citext change their meaning; each is named.
--
-- Majors    14
-- Needs     citext
-- Restore   fails resolved: in all 8 missing, 1 changed
create extension citext;
create function tell() returns trigger language plpgsql as 'begin return new; end';
create table t (
    id int primary key,
    a text,
    b citext,
    is_x boolean generated always as (case b when 'x'::citext then true else false end) stored,
    constraint pair_is_known check ((a, b) <> ('q', 'q'::citext))
);
insert into t values (1, 'a', 'x'), (2, 'b', 'y');
create trigger notice before update on t for each row when (old.b is distinct from new.b) execute function tell();
create policy hers on t using (nullif(b, 'x'::citext) is null);
create index i on t (id) where b is distinct from 'y'::citext;
create function is_other(a citext, b citext) returns boolean language sql immutable return a is distinct from b;
create domain tidy as citext constraint is_no_twin check (value is distinct from 'twin'::citext);
create view kinds as select case b when 'x'::citext then 1 end as kind from t where b = 'x'::citext;
create view others as select id from t where b is not distinct from 'Y'::citext;
create view pairs as select id from t where (a, b) in (select a, b from t);

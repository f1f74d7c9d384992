-- 37-r3-owners-under-row-security: the owner of a materialized view sees some rows of another's table, and a forced policy some of its own.
--
-- Restore   error: -- --enable-row-security
-- Names     the materialized view public.m cannot be restored without --enable-row-security
-- Names     the materialized view public.n cannot be restored without --enable-row-security
do $$ begin if not exists (select from pg_roles where rolname = 'field_37r') then create role field_37r; end if; end $$;
create table t (id int primary key, who text default 'field_37r');
insert into t values (1, 'field_37r'), (2, 'other');
alter table t enable row level security;
create policy mine on t for select to field_37r using (who = current_user);
grant select on t to field_37r;
create materialized view m as select id from t;
alter materialized view m owner to field_37r;
refresh materialized view m;
create table own (id int primary key);
insert into own values (1), (2);
alter table own owner to field_37r;
alter table own enable row level security;
alter table own force row level security;
create policy first on own using (id = 1);
create materialized view n as select id from own;
alter materialized view n owner to field_37r;
refresh materialized view n;

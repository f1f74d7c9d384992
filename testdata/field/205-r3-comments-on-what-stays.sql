-- 205-r3-comments-on-what-stays: on every kind of object, some dropped and made again, with labels that look like others.
--
-- To        newer
create table t (id int constraint t_k check (id > 0), a int);
comment on table t is 'first';
comment on constraint t_k on t is 'k';
comment on column t.a is 'gone';
alter table t drop column a;
alter table t add column a int;
create view v as select id from t;
comment on view v is E'it''s\n"v"';
comment on column v.id is '';
comment on column v.id is 'of a view';
create index i on t (id);
comment on index i is 'i';
drop index i;
create index i on t (id);
create materialized view m as select 1 as a;
comment on materialized view m is 'm';
comment on column m.a is 'ma';
create type ty as (a int, b int);
comment on type ty is 'ty';
comment on column ty.b is 'tyb';
alter type ty drop attribute a;
create domain dm as int constraint dmk check (value > 0);
comment on domain dm is 'dm';
comment on constraint dmk on domain dm is 'dmk';
create publication pub for table t;
comment on publication pub is 'pub';
create statistics st on id, a from t;
comment on statistics st is 'st';
create foreign data wrapper w;
comment on foreign data wrapper w is 'w';
create server srv foreign data wrapper w;
comment on server srv is 'srv';
create policy pol on t using (true);
comment on policy pol on t is 'pol';
create rule ru as on delete to t do also nothing;
comment on rule ru on t is 'ru';

-- 04-r6-functions-that-restore: functions with a pinned search_path or schema-qualified names, and functions that a restore does not call.
--
-- Unnamed   finds its names along the search_path
create function public.third(int) returns int language sql immutable as 'select $1 / 3';
create function public.half(int) returns int language sql immutable set search_path = public as 'select third($1) + $1 / 2';
create function public.quarter(int) returns int language sql immutable as 'select public.third($1) + $1 / 4';
create function public.uses_names(int) returns int language sql as 'select third($1)';
create function public.loops(int) returns int language plpgsql immutable as 'begin return $1 / 2; end';
create table t (id int primary key default uses_names(3), check (quarter(id) < 100));
insert into t values (1);
create index t_half on t (half(id), quarter(id), loops(id));
create view v as select uses_names(id) from t;

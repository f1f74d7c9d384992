-- 04-r7-check-over-plpgsql: what PL/pgSQL reads is known only when it runs.
--
-- Restore   error: alter function public.is_small(integer) set search_path = ...
create table bounds (most int);
insert into bounds values (10);
create function public.is_small(i int) returns boolean language plpgsql stable as 'begin return i <= (select most from bounds); end';
create table t (id int check (is_small(id)));
insert into t values (1);

-- 55-create-database-in-a-body: statements and psql commands in a function body and in a comment are text.
--
-- Format    plain
create table public.t (id int primary key, a text);
insert into public.t values (1, 'x');
create function public.make_tenant(n text) returns text language plpgsql as $$
begin
  return 'run this:
CREATE DATABASE tenant;
\connect tenant
';
end $$;
comment on table public.t is 'to rebuild:
DROP DATABASE old;
';

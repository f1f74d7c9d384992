-- 100-public-renamed: schema public under another name; pg_dump does not grant the initial rights of public again.
--
-- Names     grants on schema legacy
-- To        newer
alter schema public rename to legacy;
create table legacy.t (id int primary key);
insert into legacy.t values (1);
comment on schema legacy is 'was public';
grant usage on schema legacy to public;

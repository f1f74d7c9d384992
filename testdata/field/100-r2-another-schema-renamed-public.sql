-- 100-r2-another-schema-renamed-public: another schema has taken the name.
--
-- To        newer
alter schema public rename to old;
create schema app;
create table app.t (id int primary key);
insert into app.t values (1);
grant usage on schema app to public;
alter schema app rename to public;
revoke all on schema old from public;

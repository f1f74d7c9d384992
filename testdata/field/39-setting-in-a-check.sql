-- 39-setting-in-a-check: the setting belongs to the database, and an archive does not carry it.
--
-- Restore   error: the source sets app.tenant for the database or a role
alter database :"DBNAME" set app.tenant = 'acme';
\c
create table t (id int primary key, tenant text default current_setting('app.tenant'), check (tenant = current_setting('app.tenant')));
insert into t values (1);

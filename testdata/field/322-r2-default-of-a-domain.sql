-- 322-r2-default-of-a-domain: here DEFAULT NULL is no longer what was: the child had the default of the domain.
--
-- Restore   fails columns: schema=public relation=b default
create domain five as int default 5;
create table a (n five default 6); create table b (n five) inherits (a); alter table b alter n drop default;

-- 322-default-of-the-parent-alone: a partition that was attached has no default where its parent has one; the archive gives it DEFAULT NULL, and with a length that is kept.
--
-- To        newer
create table m (k int, v varchar(20) default 'new', n numeric(10,2) not null default 0, at timestamp(0) default '2020-01-01') partition by list (k);
create table m1 (k int, v varchar(20), n numeric(10,2) not null, at timestamp(0));
alter table m attach partition m1 for values in (1);
insert into m (k) values (1);

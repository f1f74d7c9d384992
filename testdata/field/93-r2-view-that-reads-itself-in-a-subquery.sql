-- 93-r2-view-that-reads-itself-in-a-subquery: with options, and a name that is quoted.
--
-- Restore   error: does not exist
-- Names     if a view reads itself
create schema "My Views";
create table projects (id int primary key, name text);
create view "My Views"."Recursion" with (security_barrier) as select * from projects;
create or replace view "My Views"."Recursion" with (security_barrier) as
    select * from projects where exists (select from "My Views"."Recursion" as r where r.id = projects.id);

-- 93-view-that-reads-itself: a view that was replaced by a query over itself. No query of it runs, and no archive of it
-- can be restored: the view is created before itself.
--
-- Restore   error: does not exist
-- Names     if a view reads itself
create table projects (id int primary key, name text);
create view recursion as select * from projects;
create or replace view recursion as select * from recursion;

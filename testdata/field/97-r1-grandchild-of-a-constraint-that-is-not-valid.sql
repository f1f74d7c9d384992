-- 97-r1-grandchild-of-a-constraint-that-is-not-valid: two levels, and names in quotes.
--
-- Restore   fails constraints: in all 2 changed
-- Names     validate constraint "Positive" on the parent
create schema "My";
create table "My".parent (n int);
alter table "My".parent add constraint "Positive" check (n > 0) not valid;
create table "My"."Child" () inherits ("My".parent);
create table "My".grandchild () inherits ("My"."Child");

-- view.sql: zoo.v_aliases: a literal.
-- Caught by  views
create or replace view zoo.v_aliases (one, "Two", "select") as
select id, a, b as ignored from zoo.indexed where a > 2;

-- policy_permissive.sql: zoo.guarded.restrictive_all: restrictive becomes permissive.
-- Caught by  policies
drop policy restrictive_all on zoo.guarded;
create policy restrictive_all on zoo.guarded using (id is not null);

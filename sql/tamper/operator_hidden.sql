-- operator_hidden.sql: an operator, and a default that uses it, which no other query sees.
--
-- Who       a superuser
-- Lost      a plain dump does not show it
-- Caught by record/invariant/resolved
create operator pg_toast.=== (leftarg = integer, rightarg = integer, function = pg_catalog.int4eq);

create function pg_toast.smuggled(is_same boolean default 1 operator(pg_toast.===) 2) returns boolean
language sql immutable
as 'select is_same';

-- built_in_family.sql: pg_catalog.integer_ops: one more operator.
-- Caught by  altered_objects, functions, operators, privileges
create function zoo.less(int, zoo.pair) returns boolean language sql immutable as $$ select $1 < ($2).a $$;
create operator zoo.<@< (leftarg = int, rightarg = zoo.pair, function = zoo.less);
alter operator family pg_catalog.integer_ops using btree add operator 1 zoo.<@<(int, zoo.pair);

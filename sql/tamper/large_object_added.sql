-- large_object_added.sql: a large object that was not dumped.
--
-- Who       anyone who may create objects in the database
-- Caught by record/invariant/large_objects
do $$
begin
    perform lo_from_bytea(4711, 'smuggled');
end
$$;

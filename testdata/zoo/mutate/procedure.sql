-- procedure.sql: zoo.log_it(text, integer): its body.
-- Caught by  functions
create or replace procedure zoo.log_it(in what text, inout n integer default 0)
    language plpgsql
    as $body$
begin
    n := n - pg_catalog.length(what);
end
$body$;

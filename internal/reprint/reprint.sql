-- reprint.sql: statements that prepare a transaction for those of reprint/*.sql.
--
-- Reads    pg_event_trigger
-- Prints   statement text, in order. All of it is rolled back
--
-- Event triggers of the copy, which only superusers can create, would fire for the objects created here. A text that takes too
-- long to parse stays as it is.
select statement
from (
    values
        (1, 'set local check_function_bodies = off'),
        (2, 'set local client_min_messages = error'),
        (3, 'set local statement_timeout = ''1min'''),
        (4, 'set local lock_timeout = ''10s'''),
        (6, 'create schema pgroundtrip_reprint'),
        (7, 'grant all on schema pgroundtrip_reprint to public') -- owners of tables become owners of their stand-ins
    union all
    select 5, format('alter event trigger %I disable', evtname)
    from pg_catalog.pg_event_trigger
    where evtenabled <> 'D'
        and current_setting('is_superuser') = 'on'
) as statements (n, statement)
order by n, statement;

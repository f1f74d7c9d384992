-- view_ignore_nulls_needs19.sql: zoo_new.v_windows: one of its windows respects nulls.
-- Caught by  views
create or replace view zoo_new.v_windows as
select
    id,
    pg_catalog.last_value(n) over (order by id) as last_known,
    pg_catalog.lag(n, 2) ignore nulls over w as lag_known,
    pg_catalog.first_value(n) over w as first_one
from zoo_new.enforced_later
window w as (order by id desc);

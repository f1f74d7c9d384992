-- 39-r1-setting-in-a-view: the same in a materialized view, and another setting.
--
-- Restore   error: write current_setting('shop.region', true) at the source
alter database :"DBNAME" set shop.region = 'eu';
\c
create materialized view m as select current_setting('shop.region') as region;

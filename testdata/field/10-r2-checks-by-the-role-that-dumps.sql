-- 10-r2-checks-by-the-role-that-dumps: the time zone and the styles are set on a role, in every database and in this one.
--
-- As        field_10
-- Names     TimeZone = Asia/Tokyo
do $$ begin if not exists (select from pg_roles where rolname = 'field_10') then create role field_10 superuser login; end if; end $$;
alter role field_10 set timezone = 'Asia/Tokyo';
alter role field_10 set default_text_search_config = 'pg_catalog.dutch';
alter database :"DBNAME" set timezone = 'Europe/Paris';
set timezone = 'Asia/Tokyo';
set default_text_search_config = 'pg_catalog.dutch';
create table shift (id int primary key, at timestamptz, day date, body text, check (at::date = day), check (to_tsvector(body) @@ 'fiets'));
insert into shift values (1, '2024-01-01 23:30+00', '2024-01-02', 'fietsen');
create materialized view words as select id, to_tsvector(body) as v, at::text from shift;

-- 96-column-named-json: 17 made json a keyword, and quotes it: in comments, grants, indexes, views and publications.
--
-- Majors    13-16
-- To        newer
do $$ begin if not exists (select from pg_roles where rolname = 'field_96') then create role field_96; end if; end $$;
create table documents (id int primary key, json json, merge_action text, unique (merge_action));
insert into documents values (1, '{"json": 1}', 'me');
create index on documents ((json ->> 'json'), merge_action);
create view shown as select json, json ->> 'a' as json_value from documents where json is not null;
comment on column documents.json is 'column "json" of documents';
comment on column shown.json_value is '"json_value"';
grant select (json) on documents to field_96;

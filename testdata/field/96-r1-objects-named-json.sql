-- 96-r1-objects-named-json: tables, sequences, triggers, rules and policies with such names.
--
-- Majors    13-16
-- To        newer
create schema json_object;
create table json_object.json_array (
    json_table int generated always as identity primary key,
    merge_action text check (merge_action <> '')
);
create table json_object.a_table (json_scalar int references json_object.json_array (json_table));
create table json_object.z_table (like json_object.json_array including all);
create sequence json_object.json_query owned by json_object.json_array.merge_action;
create function json_object.json_exists() returns trigger language plpgsql as 'begin return new; end';
create trigger json before update of merge_action on json_object.json_array for each row
    execute function json_object.json_exists();
create rule json_value as on delete to json_object.a_table where old.json_scalar = 1 do instead nothing;
create policy json on json_object.json_array using (merge_action > 'a');
create statistics json_object.json on json_table, merge_action from json_object.json_array;
comment on table json_object.json_array is 'json_object."json_array"';
comment on trigger json on json_object.json_array is 'x';
alter table json_object.json_array replica identity full;

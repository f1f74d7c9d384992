-- 17_odd_names.sql: identifiers that need care.
--
-- Holds    quotes, spaces, controls, reserved words, twins that differ by case or by composition, 63 bytes
create table zoo."select" ("table" integer primary key, "user" text default 'user', "from" boolean, "order" integer, "null" text);
insert into zoo."select" values (1, default, true, 1, null);
create table zoo."UPPER" ("ID" integer primary key, "Id" text, id text);
create table zoo.upper ("ID" integer primary key, "Id" text, id text);
insert into zoo."UPPER" values (1, 'A', 'a');
insert into zoo.upper values (1, 'a', 'A');
create table zoo."with space" (" leading" integer, "trailing " integer, " " text, "in side" text);
insert into zoo."with space" values (1, 2, ' ', 'x');
create table zoo."quote""d ""twice""" ("a""b" integer, "c'd" text, "e\f" text, "$1" text, "%s" text, "a.b" text, "x,y" text, "(z)" text);
insert into zoo."quote""d ""twice""" values (1, 'it''s', '\', '$', '%', '.', ',', ')');
create table zoo."new
line" ("tab	stop" integer, "new
line" text, "-- no comment" text, "/* nor this */" text, "; drop table x" text);
insert into zoo."new
line" values (1, 'a', 'b', 'c', 'd');
create table zoo."é" ("ünï" integer, "漢字" text, "😀" text); -- composed
insert into zoo."é" values (1, 'composed', '😀');
create table zoo.U&"e\0301" ("ünï" integer, "漢字" text, "😀" text); -- decomposed: looks the same
insert into zoo.U&"e\0301" values (2, 'decomposed', null);
create table zoo.t23456789012345678901234567890123456789012345678901234567890123 (
    c23456789012345678901234567890123456789012345678901234567890123 integer
        constraint k23456789012345678901234567890123456789012345678901234567890123 primary key,
    "ééééééééééééééééééééééééééééééé" text
);
insert into zoo.t23456789012345678901234567890123456789012345678901234567890123 values (1, '63');
create table "Odd ""Schema"" é"."Odd ""Table"" é" (
    "Odd ""Column"" é" integer constraint "Odd ""Key"" é" primary key,
    "Check Me" integer constraint "Odd ""Check"" é" check ("Check Me" > 0)
);
insert into "Odd ""Schema"" é"."Odd ""Table"" é" values (1, 1), (2, null);
create table "Odd ""Schema"" é".texts (id text); -- same name as in zoo, another shape
insert into "Odd ""Schema"" é".texts values ('elsewhere');
create table public.in_public (id integer primary key, note text);
insert into public.in_public values (1, 'in public');
create table zoo.pg_class (oid integer, relname text); -- shadows a catalog if zoo is first on the path
insert into zoo.pg_class values (1, 'not the catalog');

create sequence zoo."Odd ""Sequence"" é";
create index "Odd ""Index"" é" on "Odd ""Schema"" é"."Odd ""Table"" é" ("Check Me");
create view "Odd ""Schema"" é"."Odd ""View"" é" ("Out ""1""", "select") as
select "Odd ""Column"" é", "Check Me" as "user"
from "Odd ""Schema"" é"."Odd ""Table"" é" as "Al ""ias"""
where "Al ""ias"""."Check Me" is not null;
create function "Odd ""Schema"" é"."Odd ""Trigger"" é"() returns trigger
    language plpgsql as $$ begin return new; end $$;
create trigger "Odd ""Trigger"" é" before insert on "Odd ""Schema"" é"."Odd ""Table"" é"
    for each row execute function "Odd ""Schema"" é"."Odd ""Trigger"" é"('an ''argument''', E'back\\slash', 'tab	stop', '');
create rule "Odd ""Rule"" é" as on delete to "Odd ""Schema"" é"."Odd ""Table"" é" do instead nothing;

-- A table of 200 columns, some of them dropped.
do $do$
begin
    execute (
        select 'create table zoo.wide_row (id integer primary key, '
            || pg_catalog.string_agg(pg_catalog.format('c%s integer default %s', i, i), ', ' order by i) || ')'
        from pg_catalog.generate_series(1, 200) as i
    );
    execute (
        select 'alter table zoo.wide_row '
            || pg_catalog.string_agg(pg_catalog.format('drop column c%s', i), ', ' order by i)
        from pg_catalog.generate_series(10, 190, 20) as i
    );
end
$do$;
insert into zoo.wide_row (id) values (1), (2), (3);

comment on table zoo."quote""d ""twice""" is E'it''s "odd" \\ and\ntwo lines; $$ -- /* */';
comment on column zoo."quote""d ""twice"""."a""b" is '';
comment on column zoo."with space"." " is ' ';
comment on column zoo."with space"." leading" is 'ünï 漢字 😀';
comment on constraint "Odd ""Check"" é" on "Odd ""Schema"" é"."Odd ""Table"" é" is 'A check.';
comment on trigger "Odd ""Trigger"" é" on "Odd ""Schema"" é"."Odd ""Table"" é" is 'A trigger.';
comment on rule "Odd ""Rule"" é" on "Odd ""Schema"" é"."Odd ""Table"" é" is 'A rule.';

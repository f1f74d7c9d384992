-- 312-r1-casts-made-before-their-use: casts by function, through text and without conversion, which their definitions already used.
--
-- Needs     citext, hstore
-- To        newer
create extension citext;
create extension hstore;
create type mood as enum ('sad', 'ok');
create function to_mood(text) returns mood language sql immutable as 'select enum_last(null::public.mood)';
create cast (text as mood) with function to_mood(text) as assignment;
create cast (varchar as integer) with inout as implicit;
create table t (id int primary key, a text default true::citext, m mood default 'sad'::text::mood, v varchar, h hstore);
insert into t values (1, 'ok', default, '7', '"a"=>"1"');
create view moods as select a::mood as m, h::json as j, v + 1 as n, v::citext as c from t where a::mood = m;
create index on t ((a::mood));
create view by_mood as select a::mood as m, count(*) from t group by a::mood having a::mood <> 'sad'::mood;

-- 312-cast-made-after-its-use: a view that converted through text uses a function after a restore; its text is the same.
--
-- Restore   fails resolved: in all 3 extra
create type mood as enum ('sad', 'ok');
create table t (id int primary key, a text, m mood, check (m::text <> 'xsad'));
insert into t values (1, 'ok', 'ok');
create view moods as select a::mood as m from t;
create view texts as select m::text as a from t;
create function to_mood(text) returns mood language sql immutable as 'select enum_last(null::mood)';
create function from_mood(mood) returns text language plpgsql immutable as 'begin return ''x'' || enum_out($1)::text; end';
create cast (text as mood) with function to_mood(text) as assignment;
create cast (mood as text) with function from_mood(mood) as assignment;

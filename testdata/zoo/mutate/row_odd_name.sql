-- row_odd_name.sql: "Odd ""Schema"" é"."Odd ""Table"" é": a table with an odd name.
-- Caught by  tables
update "Odd ""Schema"" é"."Odd ""Table"" é"
set "Check Me" = 2
where "Odd ""Column"" é" = 1;

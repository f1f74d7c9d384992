-- 10-r3-names-of-zones: a setting decides what SAST means, and how XML is read.
--
-- Server    timezone_abbreviations=Australia; xmloption=document; xmlbinary=hex
create table t (id int primary key, said text, at timestamptz, b bytea, check (said::timestamptz = at), check (xmlelement(name a, b)::text like '%00FF%'));
insert into t values (1, '2024-01-01 12:00 SAST', '2024-01-01 02:30+00', '\x00ff');
create materialized view m as select id, said::timestamptz as at, xmlelement(name a, b)::text as x from t;

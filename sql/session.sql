-- session.sql: the settings that every connection of a round trip runs under.
--
-- Reads    nothing
-- Prints   nothing
-- Why      a value is stored once but printed in many ways; each setting here was seen to change
--          what is printed, compared or stored, or to cut a long query short. Databases and roles
--          can carry defaults of their own (alter database ... set), so nothing is left to chance.
set statement_timeout = 0;
set lock_timeout = 0;
set idle_in_transaction_session_timeout = 0;

-- pg_temp last: a temporary table named like a catalog would otherwise shadow it.
set search_path = pg_catalog, pg_temp;

-- Timeouts that not every major has, and the encoding: SQL_ASCII may hold what is no UTF-8, and would refuse to send it.
-- A cursor that is moved over prints nothing, and a database may have dropped the language that a DO block needs.
begin;
declare changes cursor for
select set_config(name, '0', false)
from pg_settings
where name in ('transaction_timeout', 'idle_session_timeout')
union all
select set_config('client_encoding', case getdatabaseencoding() when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end, false);
move all in changes;
commit;

-- To compile these queries takes longer than it saves: 200,000 payloads 2.0 s with it, 1.2 s without.
set jit = off;

set role none;
set default_transaction_isolation = 'read committed';
set default_transaction_read_only = off;
set default_transaction_deferrable = off;
set client_min_messages = warning;

-- What text looks like on its way in and out.
set standard_conforming_strings = on;
set backslash_quote = safe_encoding;
set quote_all_identifiers = off;
set bytea_output = 'hex';
set array_nulls = on;
set xmlbinary = 'base64';
set xmloption = 'content';

-- Times, numbers, money.
set timezone = 'UTC';
set datestyle = 'ISO, YMD';
set intervalstyle = 'postgres';
set extra_float_digits = 3;
set lc_monetary = 'C';
set lc_numeric = 'C';
set lc_time = 'C';

-- What a query means: an error instead of hidden rows, and "x = null" as the standard has it.
set row_security = off;
set transform_null_equals = off;
set check_function_bodies = on;

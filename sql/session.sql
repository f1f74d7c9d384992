-- session.sql: the settings of every connection of a round trip.
--
-- Reads    nothing
-- Prints   nothing
-- Why      a stored value can be printed in many ways. Each setting here was seen to change what is
--          printed, compared or stored, or to cut a long query short. Databases and roles can have
--          defaults of their own (alter database ... set), so every one is set explicitly.
set statement_timeout = 0;
set lock_timeout = 0;
set idle_in_transaction_session_timeout = 0;

-- pg_temp comes last: otherwise a temporary table named like a catalog would shadow it.
set search_path = pg_catalog, pg_temp;

-- A standby refuses every query of a serializable transaction.
set default_transaction_isolation = 'read committed';

-- Timeouts that only some majors have, and the encoding: SQL_ASCII may hold bytes that are not UTF-8 and cannot be sent as such.
-- A MOVE over a cursor prints nothing; a DO block would need plpgsql, which a database may have dropped.
begin;
declare changes cursor for
select set_config(name, '0', false)
from unnest(array['transaction_timeout', 'idle_session_timeout']) as name
where current_setting(name, true) is not null -- pg_settings would print all settings first
union all
select set_config('client_encoding', case getdatabaseencoding() when 'SQL_ASCII' then 'SQL_ASCII' else 'UTF8' end, false);
move all in changes;
commit;

-- JIT costs more than it saves: 200,000 payloads take 2.0 s with it, 1.2 s without.
set jit = off;

set role none;
set default_transaction_read_only = off;
set default_transaction_deferrable = off;
set client_min_messages = warning;

-- Input and output of text.
set standard_conforming_strings = on;
set backslash_quote = safe_encoding;
set quote_all_identifiers = off;
set bytea_output = 'hex';
set array_nulls = on;
set xmlbinary = 'base64';
set xmloption = 'content';

-- Times, numbers and money.
set timezone = 'UTC';
set datestyle = 'ISO, YMD';
set intervalstyle = 'postgres';
set extra_float_digits = 3;
set lc_monetary = 'C';
set lc_numeric = 'C';
set lc_time = 'C';

-- The meaning of a query: an error instead of hidden rows, and "x = null" as in the standard.
set row_security = off;
set transform_null_equals = off;
set check_function_bodies = on;

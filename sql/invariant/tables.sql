-- tables.sql: what every table holds.
--
-- Reads    every table; one that the reader may not select from is an error and no silent gap
-- Prints   schema name, table name, row_count numeric, digest text (64 hex digits); ordered by schema, table
-- Key      schema, table
-- Class    content
-- Rows     can be laid side by side, table by table
-- Keeps    names and digests
-- Hint     a restore with -source DSN, or of a dump that was made with -with-rows, shows which rows differ
-- Healthy  the same before and after
-- digest   Each row is hashed with SHA-256, the hash cut into four 64-bit numbers, and each of these summed over the table:
--          the digest is SHA-256 over row count and sums. Sums know no order, count duplicates (an xor would not), and
--          need no memory.
-- rows     Columns are taken by name: a child table comes back with its columns in another order, and is the same table.
--          record_send gives every column its type, length and NULL mark: nothing can move across a boundary. Types
--          whose wire form never changes go in as they are, which is fast; all others through row()::text, that is by
--          output functions, never by a cast that the dump brought. Floats too: NaN has many bit patterns. "char" goes in
--          as a number: above 127 it is no text before 16. SQL_ASCII may hold what is no UTF-8: there, bytes of row()::text.
-- trees    A partitioned table is one line, the sum of its leaves: pg_dump loads some of them through the root, and then
--          rows come back in another leaf, rightly (hash partitions by enum). Inheritance children are tables of their own.
-- Tables of an extension are read as well: pg_dump leaves their rows behind without a word. Foreign tables are not read; nor
-- are unlogged ones on a standby, which cannot (row_count and digest are NULL).
with columns as (
    select
        attrelid,
        array_agg(col order by name) filter (where fixed) as fixed_cols,
        array_agg(col order by name) filter (where not fixed) as other_cols
    from (
        select
            attrelid,
            attname collate "C" as name,
            format(case atttypid
                when '"char"'::regtype then '%I::pg_catalog.int4'
                when '"char"[]'::regtype then '%I::pg_catalog.int4[]'
                else '%I'
            end, attname) as col,
            getdatabaseencoding() <> 'SQL_ASCII' and atttypid = any ('{bool,bytea,"\"char\"",int2,int4,int8,text,varchar,bpchar,
                json,jsonb,uuid,numeric,date,time,timetz,timestamp,timestamptz,interval}'::regtype[]) as fixed
        from pg_attribute
        where attnum > 0 and not attisdropped
    ) as a
    group by attrelid
),
skipped as ( -- what cannot be read, and is not covered
    select c.oid
    from unnest(nullif(current_setting('pgroundtrip.skip', true), '')::text[]) as name
    cross join parse_ident(name) as parts
    join pg_namespace as n on n.nspname = parts[1]
    join pg_class as c on c.relnamespace = n.oid and c.relname = parts[2]
),
relation as (
    select c.*, n.nspname, c.relpersistence = 'u' and pg_is_in_recovery() as unreadable
    from pg_class as c
    join pg_namespace as n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p')
        and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
        and coalesce(pg_partition_root(c.oid), c.oid) not in (select oid from skipped)
),
leaf as (
    select
        coalesce(pg_partition_root(r.oid), r.oid) as root,
        string_to_array(substring(query_to_xml(format(
            $sql$
            select concat_ws(' ', count(*), sum(substring(h, 1, 64)::int8), sum(substring(h, 65, 64)::int8),
                sum(substring(h, 129, 64)::int8), sum(substring(h, 193, 64)::int8)) as sums
            from (select ('x' || encode(sha256(%s), 'hex'))::bit(256) as h from only %I.%I offset '0') as hashes
            $sql$, -- without an offset each row is hashed four times; unquoted it is cast from int, and workers may not share the sums
            format(
                case getdatabaseencoding() when 'SQL_ASCII' then 'convert_to(row(%s)::text, ''SQL_ASCII'')' else 'record_send(row(%s))' end,
                array_to_string(fixed_cols || ('row(' || array_to_string(other_cols, ', ') || ')::text'), ', ')
            ),
            r.nspname, r.relname
        ), false, false, '')::text from '<sums>([^<]*)</sums>'), ' ')::numeric[] as s
    from relation as r
    left join columns on columns.attrelid = r.oid
    where r.relkind = 'r' and not r.unreadable
),
total as (
    select root, array[sum(s[1]), sum(s[2]), sum(s[3]), sum(s[4]), sum(s[5])] as s from leaf group by root
)
select
    r.nspname as schema,
    r.relname as table,
    case when not r.unreadable then coalesce(s[1], 0) end as row_count,
    case when not r.unreadable then
        encode(sha256(convert_to(array_to_string(coalesce(s, '{0}'), ' '), 'UTF8')), 'hex') end as digest
from relation as r
left join total on total.root = r.oid
where not r.relispartition
order by r.nspname collate "C", r.relname collate "C";

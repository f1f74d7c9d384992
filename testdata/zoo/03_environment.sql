-- 03_environment.sql: collations, conversions, languages, transforms and access methods.
--
-- Holds    objects that the declarations of other objects use
create collation zoo.plain from "C";
create collation zoo.posix_like (provider = libc, locale = 'POSIX');
create collation zoo."Odd Collation" (provider = libc, lc_collate = 'C', lc_ctype = 'POSIX');
comment on collation zoo.plain is 'Bytes, in order.';

-- A build without ICU has no predefined ICU collation; then the zoo omits these.
do $do$
begin
    if exists (
        select from pg_catalog.pg_collation
        where collprovider = 'i'
    ) then
        create collation zoo.any_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
        create collation zoo.natural_order (provider = icu, locale = 'en-u-kn');
        -- From 16 on the server stores these as language tags in their shortest form.
        create collation zoo.spelled_out (provider = icu, locale = 'sv_SE@colStrength=secondary;colNumeric=yes', deterministic = false);
        create collation zoo.spelled_true (provider = icu, locale = 'EN-us-u-ks-level1-kn-true', deterministic = false);
        comment on collation zoo.any_case is 'a = A, so equality says nothing about the bytes.';
        create table zoo.any_case_words (
            word text collate zoo.any_case primary key,
            note text collate zoo.natural_order
        );
        insert into zoo.any_case_words values ('Straße', 'item 10'), ('apple', 'item 9'), ('Éclair', null);
    end if;
end
$do$;

create conversion zoo.latin1_in for 'LATIN1' to 'UTF8' from pg_catalog.iso8859_1_to_utf8;
create conversion zoo.latin1_out for 'UTF8' to 'LATIN1' from pg_catalog.utf8_to_iso8859_1;
create default conversion zoo_text.koi_in for 'KOI8R' to 'UTF8' from pg_catalog.koi8r_to_utf8;
comment on conversion zoo.latin1_in is 'One byte in, up to two out.';

create function zoo.pltwin_handler() returns language_handler
    language c as '$libdir/plpgsql', 'plpgsql_call_handler';
create function zoo.pltwin_inline(internal) returns void
    language c strict as '$libdir/plpgsql', 'plpgsql_inline_handler';
create function zoo.pltwin_validator(oid) returns void
    language c strict as '$libdir/plpgsql', 'plpgsql_validator';
create trusted language pltwin
    handler zoo.pltwin_handler
    inline zoo.pltwin_inline
    validator zoo.pltwin_validator;
create language plbare
    handler zoo.pltwin_handler;
comment on language pltwin is 'PL/pgSQL by another name.';

create function zoo.twin_add(a integer, b integer) returns integer
    language pltwin immutable
    as $body$
begin
    return a + b;
end
$body$;

create transform for integer language sql (
    from sql with function pg_catalog.prsd_lextype(internal),
    to sql with function pg_catalog.int4recv(internal)
);
create transform for zoo.label language pltwin (
    from sql with function pg_catalog.prsd_lextype(internal)
);
comment on transform for integer language sql is 'Never called, always dumped.';

create access method zoo_heap type table handler pg_catalog.heap_tableam_handler;
create access method zoo_btree type index handler pg_catalog.bthandler;
comment on access method zoo_heap is 'The heap by another name.';

-- 07_text_search.sql: text search templates, parsers, dictionaries and configurations.
--
-- Holds    copies of built-in objects with other options, and tables of words
create text search template zoo.plain_template (
    init = pg_catalog.dsimple_init,
    lexize = pg_catalog.dsimple_lexize
);
create text search parser zoo.plain_parser (
    start = pg_catalog.prsd_start,
    gettoken = pg_catalog.prsd_nexttoken,
    end = pg_catalog.prsd_end,
    headline = pg_catalog.prsd_headline,
    lextypes = pg_catalog.prsd_lextype
);
create text search dictionary zoo.keep_all (
    template = zoo.plain_template,
    accept = true
);
create text search dictionary zoo.pass_on (
    template = pg_catalog.simple,
    accept = 'false'
);
create text search dictionary zoo."Odd Stem" (
    template = pg_catalog.snowball,
    language = 'german'
);
create text search configuration zoo.words (parser = zoo.plain_parser);
alter text search configuration zoo.words add mapping for asciiword, word with zoo.pass_on, zoo.keep_all;
alter text search configuration zoo.words add mapping for numword, email, url, host with zoo.keep_all;
create text search configuration zoo.plain_copy (copy = pg_catalog.simple);
alter text search configuration zoo.plain_copy alter mapping for asciiword with zoo."Odd Stem", pg_catalog.simple;
alter text search configuration zoo.plain_copy drop mapping for uint;
create text search configuration zoo.no_mapping (parser = pg_catalog.default);

create table zoo_text.search_kinds (
    id integer primary key,
    body text,
    vec tsvector,
    query tsquery,
    config regconfig,
    dictionary regdictionary,
    derived tsvector generated always as (pg_catalog.to_tsvector('zoo.words'::regconfig, body)) stored
);
insert into zoo_text.search_kinds (id, body, vec, query, config, dictionary) values
    (1, 'The quick brown fox', 'a:1A fat:2B,4C cat:5D', 'fat & rat', 'zoo.words', 'zoo.keep_all'),
    (2, '', '', '', 'pg_catalog.simple', 'pg_catalog.simple'),
    (3, null, null, null, null, null),
    (4, E'it''s \\ odd', $q$'a''b':1 'back\\slash':2 ' ':3$q$, $q$'a''b' <-> !'c d':*AB | (x <3> y)$q$, 'zoo.plain_copy', 'zoo."Odd Stem"'),
    (5, 'ünïcode ΑΒΓ 漢字', 'ünïcode:16383 漢字', '!(!ü)', 'zoo.no_mapping', 'zoo.pass_on');
create index search_kinds_derived on zoo_text.search_kinds using gin (derived);
create index search_kinds_query on zoo_text.search_kinds using gist (query);

comment on text search template zoo.plain_template is 'simple, again';
comment on text search parser zoo.plain_parser is 'default, again';
comment on text search dictionary zoo.keep_all is 'Everything is a word.';
comment on text search configuration zoo.words is 'Words only.';

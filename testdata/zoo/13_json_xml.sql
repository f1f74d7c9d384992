-- 13_json_xml.sql: json, jsonb, jsonpath and xml with their edges.
--
-- Holds    what json keeps as written and jsonb does not
create table zoo.jsons (
    id integer primary key,
    kept json,
    parsed jsonb
);
insert into zoo.jsons values
    (1, 'null', 'null'),
    (2, null, null), -- differs from the row above
    (3, '""', '""'),
    (4, '{}', '{}'),
    (5, ' [ ] ', '[]'),
    (6, '{"b": 1, "a" : 2,  "b":3}', '{"b": 1, "a" : 2,  "b":3}'),
    (7, '{"": {"": [null, true, false, []]}}', '{"": {"": [null, true, false, []]}}'),
    (8, '[1.0, 1.00, -0, 1E5, 1e-5, 0.10]', '[1.0, 1.00, -0, 1E5, 1e-5, 0.10]'),
    (9, '1e400', '1e400'),
    (10, '"\u0000"', '"\u0001 \u007f \u2028"'),
    (11, '"\u00e9\ud83d\ude00 \" \\ \/ \b\f\n\r\t"', '"\u00e9\ud83d\ude00 \" \\ \/ \b\f\n\r\t"'),
    (12, '12345678901234567890.12345678901234567890', '12345678901234567890.12345678901234567890'),
    (13, '{"aa":1,"b":2,"é":3,"A":4}', '{"aa":1,"b":2,"é":3,"A":4}'),
    (14, E'{\n\t"k":\r\n"v"}', '{"k": ["v", {"deep": [[[[[1]]]]]}]}'),
    (15, (pg_catalog.repeat('[', 500) || pg_catalog.repeat(']', 500))::json,
        (pg_catalog.repeat('[', 500) || pg_catalog.repeat(']', 500))::jsonb),
    (16, pg_catalog.to_json(pg_catalog.repeat('x', 20000)), (
        select pg_catalog.jsonb_object_agg('key ' || i, i)
        from pg_catalog.generate_series(1, 800) as i
    ));

create table zoo.jsonpaths (
    id integer primary key,
    path jsonpath
);
insert into zoo.jsonpaths values
    (1, '$'),
    (2, 'strict $.a[*] ? (@.b > 1 && @.c == "x")'),
    (3, '$."weird key"."\u00e9"[0 to last]'),
    (4, '$.** ? (@ like_regex "^a.*\\d" flag "i")'),
    (5, '($.a + 1.50) / -2'),
    (6, '$[*].size() ? (exists (@ ? (@ > $x)))'),
    (7, '$.**{2 to 5}.keyvalue()'),
    (8, null);

create table zoo.xmls (
    id integer primary key,
    doc xml
);
insert into zoo.xmls values
    (1, '<a/>'),
    (2, 'only text &amp; an entity'),
    (3, ''),
    (4, null),
    (5, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><r xmlns:p="urn:p" p:k=''v''><![CDATA[<&>]]><!-- c --><?pi x?></r>'),
    (6, '<one/><two>2</two> tail'),
    (7, '<!DOCTYPE r [<!ELEMENT r (#PCDATA)>]><r>é</r>'),
    (8, E'<r>\n\t<s a="&quot;&#10;"/>\n</r>\n');

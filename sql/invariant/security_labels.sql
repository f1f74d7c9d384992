-- security_labels.sql: every security label inside the database.
--
-- Reads    pg_seclabel
-- Prints   kind, object, provider, label; ordered by kind, object, provider
-- Key      kind, object, provider
-- Class    definition
-- Keeps    names, definitions and digests
-- Healthy  the same before and after. A dump does not hold labels of the database itself or of roles
select
    o.type collate "C" as kind,
    regexp_replace(o.identity, '\mpg_catalog\.json\M', 'json', 'g') collate "C" as object, -- 16 and later omit the schema
    s.provider collate "C" as provider,
    s.label
from pg_seclabel as s
cross join lateral pg_identify_object(s.classoid, s.objoid, s.objsubid) as o
where s.objoid >= 16384 or s.classoid = 'pg_largeobject'::regclass
order by kind, object, provider;

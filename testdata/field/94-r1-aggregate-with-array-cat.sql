-- 94-r1-aggregate-with-array-cat: as its combine function, too.
--
-- Majors    13
-- To        newer
create aggregate array_cat_agg(text[]) (sfunc = array_cat, stype = text[], combinefunc = array_cat, parallel = safe);

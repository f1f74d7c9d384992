-- 03_laws.sql: indexes, rules, triggers and foreign keys in rings over the five hundred tables.
--
-- Holds    ring_a -> ring_b -> ring_a inside a group, ring_a -> ring_a of the next group and from the last to the first, made -> made
-- Needs    01_tables.sql, 02_rows.sql
create function wide.stamp() returns trigger
    language plpgsql
    as $body$
begin
    new.note := 'stamped'; -- would show if a restore fired it
    return new;
end
$body$;

do $do$
declare
    g text;
begin
    for i in 1..50 loop
        g := pg_catalog.lpad(i::text, 2, '0');
        execute pg_catalog.format($sql$
            alter table wide.ring_a_%1$s add constraint to_b foreign key (b) references wide.ring_b_%1$s
                deferrable initially deferred;
            alter table wide.ring_b_%1$s add constraint to_a foreign key (a) references wide.ring_a_%1$s on delete cascade;
            alter table wide.ring_a_%1$s add constraint to_next foreign key (next) references wide.ring_a_%2$s;
            alter table wide.made_%1$s add constraint to_self foreign key (self) references wide.made_%1$s;
            create index on wide.whole_%1$s (day, colour);
            create unique index on wide.kid_%1$s (id) where extra > 0;
            create index on wide.made_%1$s ((base + twice), loud);
            create rule keep as on delete to wide.root_%1$s do instead nothing;
            create rule quiet as on insert to wide.made_%1$s where new.base < 0 do instead nothing;
            create trigger stamp before insert on wide.ring_a_%1$s for each row execute function wide.stamp();
            create view wide.seen_%1$s as select id, name from wide.root_%1$s where id > %3$s;
        $sql$, g, pg_catalog.lpad((i % 50 + 1)::text, 2, '0'), i);
    end loop;
end
$do$;

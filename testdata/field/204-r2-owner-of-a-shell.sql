-- 204-r2-owner-of-a-shell: a shell of another owner, with a comment of its own.
create operator @+@ (function = int4pl, leftarg = int, rightarg = int, commutator = @++@);
drop operator @+@ (int, int);
update pg_operator set oprowner = 'pg_monitor'::regrole where oprname = '@++@';
insert into pg_description select oid, 'pg_operator'::regclass, 0, 'of a shell' from pg_operator where oprname = '@++@';

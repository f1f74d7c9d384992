-- 331-r3-identity-beyond-its-type: a limit that the column's type does not allow fails in every restore.
--
-- Restore   error: its sequence, which has limits that the column's type does not allow
-- Names     the identity column a of public.t cannot be restored
create table t (a int generated always as identity);
alter sequence t_a_seq as bigint maxvalue 5000000000;

-- passwords.sql: whether each role still has the same password.
--
-- Reads    pg_authid, readable by superusers only
-- Prints   role, digest text (64 hex digits; NULL for a role without a password); ordered by role
-- Key      role
-- Class    content
-- Scope    cluster
-- Healthy  the same on both sides
-- Why      no password is printed, only a digest of what the server stores, which is a hash already
select
    rolname as role,
    encode(sha256(convert_to(rolname || ' ' || rolpassword, 'UTF8')), 'hex') as digest
from pg_authid
where rolname !~ '^pg_' and rolname !~ '^pgroundtrip_[0-9a-f]{16}$'
order by rolname collate "C";

-- commit.sql: one event in a transaction of its own, for pgbench.
insert into public.audit_events (id, actor, actor_type, action, resource_type, resource_id, details)
values (
    gen_random_uuid()::text, 'user-:client_id', 'user', 'certificate.issue', 'certificate', 'cert-0001',
    '{"days": 90, "dns": ["www.example.com"], "serial": "c4ca4238a0b923820dcc509a6f75849b"}'
);

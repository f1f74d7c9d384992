-- fill.sql: more everyday events, in one statement, after the existing ones.
--
-- Inserts  bench.rows events like those of workload/lifecycle.sql
insert into public.audit_events
    (id, actor, actor_type, action, resource_type, resource_id, details, event_category, "timestamp")
select
    'evt-' || lpad(n::text, 8, '0'),
    case n % 4 when 2 then 'renewal-agent' else 'user-' || n % 7 || '@example.com' end,
    case n % 4 when 2 then 'service' else 'user' end,
    (array['auth.login', 'certificate.issue', 'certificate.renew', 'certificate.revoke'])[n % 4 + 1],
    case n % 4 when 0 then 'session' else 'certificate' end,
    case n % 4 when 0 then 'sess-' || n else 'cert-' || lpad((n / 4 % 50)::text, 4, '0') end,
    case n % 4
        when 0 then jsonb_build_object('method', 'oidc', 'ip', '192.0.2.' || n % 250)
        when 1 then jsonb_build_object('serial', md5(n::text), 'days', 90, 'dns', jsonb_build_array('www.example.com'))
        when 2 then jsonb_build_object('serial', md5(n::text), 'replaces', md5((n - 1)::text))
        when 3 then jsonb_build_object('serial', md5((n - 1)::text), 'reason', 'keyCompromise')
    end,
    case n % 4 when 0 then 'auth' else 'cert_lifecycle' end,
    timestamptz '2026-01-05 07:00:00+00' + n * interval '61.000001 seconds'
from (
    select coalesce(max(seq), 0) as there from public.audit_events
) as chain
cross join lateral generate_series(there + 1, there + current_setting('bench.rows')::bigint) as n
order by n;

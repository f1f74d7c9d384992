//go:build unix

package drill_test

import (
	"fmt"
	"testing"

	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
)

// Event triggers on login fire in no copy: neither in the first, which -twice dumps, nor in the second. For what is
// then done in a copy they are on.
func TestALoginTriggerFiresInNoCopy(t *testing.T) {
	servers := storytest.EveryMajor(t)
	for i, server := range servers {
		t.Run(fmt.Sprint(server.Version.Major), func(t *testing.T) {
			if server.Version.Major < 17 {
				return // it has none
			}
			source, conn := storytest.Filled(t, server)
			storytest.MustExec(t, conn, `create table public.logins (who text, at timestamptz default now());
				create function public.log_login() returns event_trigger language plpgsql as
					$$ begin insert into public.logins (who) values (session_user); end $$;
				create event trigger log_login on login execute function public.log_login();
				alter event trigger log_login enable always`)
			for _, format := range pgdump.Formats {
				if format != "custom" && i < len(servers)-1 && !pgtest.Full() {
					continue // formats do not depend on the major
				}
				b := storytest.TakeDump(t, source, func(o *origin.Options) { o.Format = format })
				storytest.RequirePass(t, storytest.TryRestore(t, server, b, func(o *drill.Options) {
					o.Twice, o.Jobs = true, map[bool]int{true: 2, false: 1}[format == "custom" || format == "directory"]
				}))
			}
			// At most the first login fires it, which asks for the version.
			if n := storytest.Value[int64](t, conn, "select count(*) from public.logins"); n > 1 {
				t.Errorf("%d logins to the source were written down", n)
			}
			again, err := storytest.At(t, source).Connect(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			defer again.Close(t.Context())
			if got := storytest.Value[string](t, again, "show event_triggers"); got != "on" {
				t.Errorf("event_triggers is %s for what is done in the database", got)
			}
		})
	}
}

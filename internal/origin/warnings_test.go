package origin

import (
	"slices"
	"testing"
)

func TestWarningsOfPgDumpAreKeptAndNothingElse(t *testing.T) {
	const said = "pg_dump: reading schemas\npg_dump: warning: subscriptions not dumped because current user is not a " +
		"superuser\npg_dump: detail: x\n"
	want := []string{"pg_dump: warning: subscriptions not dumped because current user is not a superuser"}
	if got := warningsIn(said); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

package session_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/session"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// TestManyStatementsAreRunTogether requires that each is sent by itself: a failing one is named, and its transaction
// rolled back.
func TestManyStatementsAreRunTogether(t *testing.T) {
	ctx, conn := context.Background(), pgtest.Connect(t, pgtest.Scratch(t, pgtest.Server(t)))
	create := []string{"create table public.t (n int unique)"}
	for n := range 1200 {
		create = append(create, fmt.Sprintf("insert into public.t values (%d)", n))
	}
	count := func() (n int) {
		if err := conn.QueryRow(ctx, "select count(*) from public.t").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	if failed, err := session.RunMany(ctx, conn.PgConn(), create); failed != "" || err != nil {
		t.Fatalf("%q, %v", failed, err)
	}
	if n := count(); n != 1200 {
		t.Fatalf("%d rows", n)
	}
	for _, wrong := range []string{"insert into public.t values (7), (7)", "select 1; drop table public.t", "no SQL"} {
		failed, err := session.RunMany(ctx, conn.PgConn(), []string{"delete from public.t", wrong, "drop table public.t"})
		if failed != wrong || err == nil || count() != 1200 {
			t.Errorf("%q: %q, %v, %d rows", wrong, failed, err, count())
		}
	}
	if failed, err := session.RunMany(ctx, conn.PgConn(), nil); failed != "" || err != nil {
		t.Errorf("%q, %v", failed, err)
	}
	if _, err := session.RunMany(ctx, conn.PgConn(), []string{"delete from public.t", "select 1 / 0"}); err == nil ||
		!strings.Contains(err.Error(), "division by zero") || count() != 1200 {
		t.Errorf("%v, %d rows", err, count())
	}
}

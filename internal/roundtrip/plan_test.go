//go:build unix

package roundtrip_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/suite"
)

// TestDigestsAreSharedByWorkers: parallel workers add up what they read themselves. A plan that hands
// every row's hash to one process takes half as long again, and only the clock would tell.
func TestDigestsAreSharedByWorkers(t *testing.T) {
	_, conn := storytest.Filled(t, pgtest.Server(t), storytest.TwoTables+`insert into public.notes select n, repeat('long', 500) from generate_series(10000, 12000) as n;
		create materialized view public.seen as select * from public.notes;`)
	config := conn.Config().Copy()
	var plans strings.Builder
	config.OnNotice = func(_ *pgconn.PgConn, n *pgconn.Notice) { plans.WriteString(n.Message + "\n") }
	ctx := context.Background()
	watched, err := pgx.ConnectConfig(ctx, config)
	if err != nil {
		t.Fatal(err)
	}
	defer watched.Close(ctx)
	s := pgtest.DefaultSuite(t)
	if err := suite.Run(ctx, watched.PgConn(), s.File("session")); err != nil {
		t.Fatal(err)
	}
	storytest.MustExec(t, watched, `load 'auto_explain';
		set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on; set auto_explain.log_level = warning;
		set parallel_setup_cost = 0; set parallel_tuple_cost = 0; set min_parallel_table_scan_size = 0;`)
	isShared := func(plan string) bool {
		return strings.Contains(plan, "record_send(row(") && strings.Contains(plan, "Gather") &&
			strings.Contains(plan, "Partial Aggregate")
	}
	for _, name := range []string{"invariant/tables", "invariant/materialized_views"} {
		plans.Reset()
		if _, err := suite.Copy(ctx, watched.PgConn(), s.File(name), io.Discard); err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(strings.Split(plans.String(), "Query Text:"), isShared) {
			t.Errorf("%s: no plan with a partial aggregate below a gather:\n%s", name, plans.String())
		}
	}
}

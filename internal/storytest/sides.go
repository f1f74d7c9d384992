package storytest

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/recordfile"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/verdict"
)

func readSide(t testing.TB, path string) roundtrip.Side {
	t.Helper()
	r := pgtest.Must(recordfile.ReadSide(path))(t)
	return roundtrip.Side{Name: filepath.Base(path), Record: r}
}

// Compared compares two sides; change may alter how.
func Compared(t testing.TB, a, b roundtrip.Side, change func(*roundtrip.CompareOptions)) *verdict.Report {
	t.Helper()
	o := &roundtrip.CompareOptions{A: a, B: b, Tool: "test", Log: t.Logf}
	if a.Server != nil || b.Server != nil {
		o.Suite = pgtest.DefaultSuite(t)
	}
	if change != nil {
		change(o)
	}
	return pgtest.Must(roundtrip.Compare(context.Background(), o))(t)
}

// Recorded takes the record of a database and reads it back from its file.
func Recorded(t testing.TB, source *cluster.Server) roundtrip.Side {
	t.Helper()
	_, r, err := roundtrip.Record(context.Background(),
		&roundtrip.RecordOptions{Suite: pgtest.DefaultSuite(t), Server: source, Tool: "test", Log: t.Logf})
	pgtest.OK(t, err)
	path := filepath.Join(t.TempDir(), "record.json")
	pgtest.OK(t, recordfile.Write(r, path, false))
	return readSide(t, path)
}

// Copied restores a backup into a database that stays for the time of the test.
func Copied(t testing.TB, target *cluster.Server, b *Backup) *cluster.Server {
	t.Helper()
	name := "copy_" + strings.ToLower(rand.Text()[:12])
	RequirePass(t, TryRestore(t, target, b, func(o *drill.Options) { o.Keep = name }))
	t.Cleanup(func() {
		conn := Connection(t, At(t, target, "dbname", name))
		for _, subscription := range Value[[]string](t, conn,
			"select coalesce(array_agg(quote_ident(subname)), '{}') from pg_subscription where subdbid = (select oid from "+
				"pg_database where datname = current_database())") {
			MustExec(t, conn, "alter subscription "+subscription+" disable")
			MustExec(t, conn, "alter subscription "+subscription+" set (slot_name = none)")
			MustExec(t, conn, "drop subscription "+subscription)
		}
		conn = Connection(t, At(t, target, "dbname", "postgres"))
		MustExec(t, conn, "drop database "+name+" with (force)")
	})
	return At(t, target, "dbname", name)
}

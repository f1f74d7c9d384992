package drill

import (
	"context"
	"runtime"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/ahead"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/suite"
)

// readAhead makes d.ahead, the reader of tables while pg_restore builds indexes; nil if it would gain nothing, or if
// code in the archive could deceive it. A superuser's function could replace a built-in one while the reader calls it,
// and put it back before judgeOver looks.
func (d *Drill) readAhead(ctx context.Context) error {
	const little = 64 << 20 // bytes that are not worth one more pg_restore
	d.ahead = nil
	deceives := d.isSuper && !d.db.IsConfined() && !d.Trusted && d.Contents.Code
	if d.Format == "plain" || d.Manifest == nil || d.Manifest.Source.SizeBytes < little || deceives ||
		pgdump.OtherOption(d.Args) != "" {
		return nil
	}
	reader := &ahead.Reader{Pieces: d.Suite.File("pieces"), Unchanged: d.Suite.File("unchanged"),
		Queries: map[string]*suite.File{}}
	for _, result := range d.Manifest.Results {
		if f := d.Suite.File(result.Query); f != nil && f.About.Splits && len(result.Skipped) == 0 {
			reader.Queries[f.Name] = f
		}
	}
	if reader.Pieces == nil || reader.Unchanged == nil || len(reader.Queries) == 0 {
		return nil
	}
	conn, err := d.db.Connect(ctx)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	reader.Members = d.members(ctx, conn)
	if d.Server.Throwaway {
		reader.Members = min(reader.Members, runtime.NumCPU())
	}
	reader.Members -= d.Jobs // pg_restore has these
	reader.Connect = func(ctx context.Context) (*pgx.Conn, error) {
		return session.Connect(ctx, d.db.Connect, d.Suite, d.rows())
	}
	if reader.Members > 0 {
		d.ahead = reader
	}
	return nil
}

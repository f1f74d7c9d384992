//go:build unix

package roundtrip_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/drill"
	"pgroundtrip/internal/origin"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/recordfile"
	"pgroundtrip/internal/roundtrip"
	"pgroundtrip/internal/session"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/verdict"
)

// A cell is one way from a source to a target, and its outcome.
type cell struct {
	Part        string `json:"part"` // formats, majors, settings, encodings
	Source      int    `json:"source"`
	Target      int    `json:"target"`
	Dump        int    `json:"pg_dump"` // majors all three
	Format      string `json:"format"`
	Compression string `json:"compression"`
	// SourceIs and TargetIs are encoding and locale; Setting is what one of the two sides carries.
	SourceIs string `json:"source_is"`
	TargetIs string `json:"target_is"`
	Setting  string `json:"setting,omitempty"`
	Workload string `json:"workload"`
	Result   string `json:"result"`       // same, or refused
	By       string `json:"by,omitempty"` // who refused it: pgroundtrip or PostgreSQL
	Reason   string `json:"reason,omitempty"`
	Note     string `json:"note,omitempty"` // what same leaves out
}

// A plan is a cell with the values that its names stand for.
type plan struct {
	cell
	source, target, dumper *installation
	sourceIs, targetIs     locale
	onSource, onTarget     []string      // settings, "name = value"
	refusal                *knownRefusal // nil: it must come back the same
	onServer               bool          // alter system set, to every setting that hostile_test.go knows
	inSubset               bool          // belongs to what runs by default
	damage                 string        // statements that run after the restore
}

// TestMatrix runs the cells of the matrix: each must come back with the bytes of the goldens, before
// the dump and after the restore, or be refused for the reason that the plan names. PGROUNDTRIP_TEST_LONG=1 runs a
// subset, otherwise a third of that; PGROUNDTRIP_MATRIX=full runs all, and PGROUNDTRIP_MATRIX_OUT=DIR has the table
// written.
func TestMatrix(t *testing.T) {
	m := newMatrix(t)
	plans := m.plans()
	if !pgtest.Full() {
		plans = pgtest.Dealt(t, 3, slices.DeleteFunc(plans, func(p *plan) bool { return !p.inSubset }))
	}
	var cells []cell
	for _, p := range plans {
		t.Run(p.title(), func(t *testing.T) { cells = append(cells, m.run(t, p)) })
	}
	if len(cells) == 0 {
		t.Fatal("no cell ran")
	}
	if dir := os.Getenv("PGROUNDTRIP_MATRIX_OUT"); dir != "" && !t.Failed() {
		m.write(dir, cells)
	}
}

func (p *plan) title() string {
	return fmt.Sprintf("%s %d to %d by %d %s %s %s %s to %s %s", p.Part, p.Source, p.Target, p.Dump, p.Format,
		p.Compression, p.Setting, p.SourceIs, p.TargetIs, p.Workload)
}

// A matrix runs the cells: servers, filled databases and dumps are created once.
type matrix struct {
	*testing.T
	all       []*installation
	databases map[string]*cluster.Database
	dumps     map[string]*dumped
}

func newMatrix(t *testing.T) *matrix {
	t.Helper()
	m := &matrix{T: t, all: installations(t), databases: map[string]*cluster.Database{}, dumps: map[string]*dumped{}}
	m.all = slices.DeleteFunc(m.all, func(in *installation) bool { return in.programs == "" })
	if len(m.all) == 0 {
		t.Fatal("no server has the programs of its own major beside it")
	}
	return m
}

// dumped is the outcome of a dump.
type dumped struct {
	backup *storytest.Backup
	err    error
}

func (p *plan) isASCII() bool {
	return p.sourceIs.like.Encoding == "SQL_ASCII" || p.targetIs.like.Encoding == "SQL_ASCII"
}

// differences returns how a record differs from the goldens, except for the known effects of SQL_ASCII.
func (p *plan) differences(t *testing.T, r *record.Record, encoding string) []string {
	t.Helper()
	return slices.DeleteFunc(unlikeGolden(t, p.Workload, r), func(difference string) bool {
		return encoding == "SQL_ASCII" && strings.HasPrefix(difference, "invariant/tables.golden differs")
	})
}

// run runs one cell.
func (m *matrix) run(t *testing.T, p *plan) cell {
	if p.onServer {
		admin := m.admin(t, p.source.on())
		setAll(t, admin, "alter system set ", "transaction_timeout")
		admin.Close(context.Background())
		reload(t, p.source.on(), "-15")
		t.Cleanup(func() { resetSystem(t, p.source.on()) })
	}
	d := m.dump(t, p)
	err := d.err
	if err == nil {
		err = m.restore(t, p, d.backup)
	}
	c, problem := p.conclude(err)
	if problem != "" {
		t.Error(problem)
	}
	return c
}

// conclude stores the outcome in the cell. problem is why it is not as planned; "" if it is.
func (p *plan) conclude(err error) (c cell, problem string) {
	c = p.cell
	c.Result = "FAILED"
	switch {
	case p.refusal == nil && err != nil:
		return c, fmt.Sprintf("not the same: %v", err)
	case p.refusal == nil:
		c.Result = "same"
	case err == nil:
		return c, "it came back the same; the plan says that it is refused: " + p.refusal.reason
	case !strings.Contains(err.Error(), p.refusal.says):
		return c, fmt.Sprintf("refused for another reason than %q: %v", p.refusal.says, err)
	default:
		c.Result, c.By, c.Reason = "refused", p.refusal.by, p.refusal.reason
	}
	return c, ""
}

// dump dumps the source of a cell once; its record must be the goldens.
func (m *matrix) dump(t *testing.T, p *plan) *dumped {
	t.Helper()
	key := fmt.Sprint(p.Source, p.Dump, p.Format, p.Compression, p.SourceIs, p.onSource, p.onServer, p.Workload)
	if d := m.dumps[key]; d != nil {
		return d
	}
	db := m.filled(t, p)
	admin := m.admin(t, p.source.on())
	defer admin.Close(context.Background())
	for _, s := range p.onSource {
		storytest.MustExec(t, admin, "alter database "+db.Name+" set "+s)
	}
	defer storytest.MustExec(t, admin, "alter database "+db.Name+" reset all")
	folder := m.TempDir()
	o := &origin.Options{Suite: pgtest.DefaultSuite(t), Server: storytest.At(t, p.source.on(), "dbname", db.Name),
		Tools: programsOf(t, m.all, p.dumper, p.source.on()),
		Out: filepath.Join(folder,
			"archive"), Format: p.Format, Jobs: 1, Tool: "test", KeepRows: true, DumpArgs: compressArgs(p.Format, p.Compression)}
	if p.Format == "directory" {
		o.Jobs = 2
	}
	outcome, manifest, err := roundtrip.Dump(context.Background(), o)
	d := &dumped{&storytest.Backup{Path: o.Out, Manifest: manifest}, err}
	m.dumps[key] = d
	if err == nil {
		storytest.RequirePass(t, outcome)
		if lacking := p.differences(t, manifest, p.sourceIs.like.Encoding); len(lacking) > 0 {
			d.err = fmt.Errorf("before: %s", strings.Join(lacking, "\n"))
		}
	}
	return d
}

// filled returns a database that holds the workload of a cell.
func (m *matrix) filled(t *testing.T, p *plan) *cluster.Database {
	t.Helper()
	key := fmt.Sprint(p.Source, p.SourceIs, p.Workload)
	if db := m.databases[key]; db != nil {
		return db
	}
	s := pgtest.DefaultSuite(t)
	db, err := p.source.on().CreateLike(context.Background(), p.sourceIs.like)
	if err != nil {
		t.Fatal(err)
	}
	conn := pgtest.Connect(t, db)
	if err := roundtrip.Build(context.Background(), conn, s, s.File("workload/"+p.Workload), session.DefaultRows); err != nil {
		t.Fatal(err)
	}
	m.databases[key] = db
	return db
}

// restore restores a backup as the cell says. The error says why that failed, or what differs.
func (m *matrix) restore(t *testing.T, p *plan, b *storytest.Backup) error {
	t.Helper()
	target := p.target.on()
	if p.onTarget != nil {
		target = m.hostile(t, p)
	}
	manifest, err := recordfile.ReadManifest(b.Path, "")
	if err != nil {
		t.Fatal(err)
	}
	format, contents, outcome, err := roundtrip.Inspect(context.Background(), onPath(m.all), b.Path, manifest)
	if err != nil {
		return err
	}
	if format != p.Format {
		return fmt.Errorf("the archive is of format %s", format)
	}
	tools, err := pgdump.FindRestoreTool(context.Background(), onPath(m.all), target, format, contents.Dump, t.Output())
	if err != nil {
		return err
	}
	// The scratch database is made like the source that the manifest names.
	like := p.targetIs.like
	manifest.Source = record.Source{Encoding: like.Encoding, LocaleProvider: like.Provider, Collate: like.Collate,
		Ctype: like.Ctype, Locale: like.Locale}
	o := &drill.Options{Suite: pgtest.DefaultSuite(t), Archive: b.Path, Manifest: manifest, Contents: contents,
		Format: format,
		Server: target, Tools: tools, Jobs: 1, KeepRows: true, Log: t.Logf,
		AfterRestore: func(ctx context.Context, conn *pgx.Conn) error { return storytest.RunText(ctx, conn, p.damage) }}
	if p.Format == "directory" {
		o.Jobs = 2
	}
	copied := roundtrip.Restore(context.Background(), o, outcome)
	if outcome.Err != nil {
		return outcome.Err
	}
	if lacking := p.differences(t, copied, like.Encoding); len(lacking) > 0 {
		return fmt.Errorf("after: %s", strings.Join(lacking, "\n"))
	}
	names, details := storytest.Failed(outcome)
	if p.refusal == otherDigest && slices.Equal(names, []string{otherDigest.says}) {
		return errors.New(otherDigest.says)
	}
	if outcome.Verdict() != verdict.Pass {
		return fmt.Errorf("verdict %s: %s", outcome.Verdict(), details)
	}
	return probed(t, outcome)
}

// hostile returns the cell's target as seen by a role with hostile defaults.
func (m *matrix) hostile(t *testing.T, p *plan) *cluster.Server {
	t.Helper()
	admin := m.admin(t, p.target.on())
	t.Cleanup(func() {
		storytest.MustExec(t, admin, "drop role hostile")
		admin.Close(context.Background())
	})
	storytest.MustExec(t, admin, "create role hostile login superuser")
	for _, s := range p.onTarget {
		storytest.MustExec(t, admin, "alter role hostile set "+s)
	}
	hostile := storytest.LoginAs(t, p.target.on(), "hostile")
	hostile.Bindir = p.target.dir
	return hostile
}

func (m *matrix) admin(t testing.TB, server *cluster.Server) *pgx.Conn {
	t.Helper()
	conn, err := server.Connect(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return conn
}

// What is not as it was planned fails: a difference, a refusal that nobody planned or for another
// reason, and a plan of a refusal that does not come.
func TestACellThatIsNotAsPlannedFails(t *testing.T) {
	for _, test := range []struct {
		name   string
		plan   *knownRefusal
		err    error
		result string
	}{
		{"the same, as planned", nil, nil, "same"},
		{"refused, as planned", olderServer, errors.New("pgroundtrip: " + olderServer.says), "refused"},
		{"different", nil, errors.New("after: snapshot.golden differs"), "FAILED"},
		{"refused, and not planned", nil, errors.New(olderServer.says), "FAILED"},
		{"refused for another reason", olderServer, errors.New("no space left on device"), "FAILED"},
		{"not refused", olderServer, nil, "FAILED"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, problem := (&plan{refusal: test.plan}).conclude(test.err)
			if c.Result != test.result || (problem == "") != (test.result != "FAILED") {
				t.Errorf("%s, %q; want %s", c.Result, problem, test.result)
			}
		})
	}
}

// A cell whose copy was damaged is not the same.
func TestACellWhoseCopyDiffersFails(t *testing.T) {
	m := newMatrix(t)
	newest := m.all[len(m.all)-1]
	p := defaultPlan("formats", newest, newest)
	p.damage = unguard + "update public.audit_events set actor = actor || ' ' where seq = 7"
	if err := m.restore(t, p, m.dump(t, p).backup); err == nil ||
		!strings.Contains(err.Error(), "canonical_payload.golden differs") {
		t.Errorf("got %v", err)
	}
}

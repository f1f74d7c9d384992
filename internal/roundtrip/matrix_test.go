package roundtrip_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/record"
	"pgroundtrip/internal/roundtrip"
)

// A cell is one way from a source to a target, and what came of it.
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
	Setting  string `json:"setting"`
	Workload string `json:"workload"`
	Result   string `json:"result"` // same, or refused
	By       string `json:"by"`     // who refused it: pgroundtrip or PostgreSQL
	Reason   string `json:"reason"`
	Note     string `json:"note"` // what same leaves out
}

// A plan is a cell with what its names stand for.
type plan struct {
	cell
	source, target, dumper *installation
	sourceIs, targetIs     locale
	onSource, onTarget     []string      // settings, "name = value"
	refusal                *knownRefusal // nil: it must come back the same
	inSubset               bool          // belongs to what runs by default
}

// A locale is an encoding and a locale provider under a name for people.
type locale struct {
	name  string
	like  cluster.Properties
	since int // the first major that has it
}

var locales = []locale{
	{"UTF8, C", cluster.Properties{}, 13},
	{"UTF8, C.UTF-8 of libc", cluster.Properties{Collate: "C.UTF-8", Ctype: "C.UTF-8"}, 13},
	{"LATIN1, C", cluster.Properties{Encoding: "LATIN1"}, 13},
	{"SQL_ASCII, C", cluster.Properties{Encoding: "SQL_ASCII"}, 13},
	{"UTF8, und of ICU", cluster.Properties{Provider: "i", Locale: "und"}, 15},
	{"UTF8, en-u-kn of ICU", cluster.Properties{Provider: "i", Locale: "en-u-kn"}, 15},
	{"UTF8, C.UTF-8 built in", cluster.Properties{Provider: "b", Locale: "C.UTF-8"}, 17},
}

var plainUTF8 = locales[0]

// A knownRefusal is a reason why a cell cannot be: who says so, and a piece of what is said.
type knownRefusal struct{ by, says, reason string }

var (
	olderServer  = &knownRefusal{"pgroundtrip", "an older major cannot take it", "the archive holds a database of a newer major"}
	setsTimeout  = &knownRefusal{"pgroundtrip", "transaction_timeout", "what pg_dump 17 or newer writes sets transaction_timeout, which a server of version 16 or older does not know"}
	tarPlain     = &knownRefusal{"PostgreSQL", "compression", "pg_dump does not compress the format tar"}
	plainPacked  = &knownRefusal{"pgroundtrip", "cannot be read back", "a compressed plain dump is a file that psql cannot run: compress it afterwards, outside"}
	carriesToken = &knownRefusal{"pgroundtrip", "pg_attver", "the server keeps pg_attver, a token that only the pg_dump of its own minor release leaves out"}
	noLatin1     = &knownRefusal{"PostgreSQL", "has no equivalent in encoding", "the workload holds characters that LATIN1 does not have"}
	otherDigest  = &knownRefusal{"pgroundtrip", "record/invariant/tables", "in SQL_ASCII rows are hashed in another way than elsewhere: across the two that check fails, and it alone; a restore keeps the source's encoding"}
)

// workloads are those that the matrix uses: every byte hazard, every JSON hazard, the everyday events.
var matrixWorkloads = []string{"text", "json", "lifecycle"}

// compressions lists what pg_dump of a major can be asked for (13 takes a name silently for none).
func compressions(major int) []string {
	if major >= 16 {
		return []string{"none", "gzip", "lz4", "zstd"}
	}
	return []string{"none", "gzip"}
}

func compressArgs(format, compression string) []string {
	switch {
	case compression == "none" && (format == "tar" || format == "plain"):
		return nil
	case compression == "none":
		return []string{"-Z0"}
	case compression == "gzip":
		return []string{"-Z6"}
	}
	return []string{"-Z" + compression}
}

// TestMatrix runs the cells of the matrix: each must come back with the bytes of the goldens, before
// the dump and after the restore, or be refused for the reason that the plan names. By default a
// subset runs; PGROUNDTRIP_MATRIX=full runs all, and PGROUNDTRIP_MATRIX_OUT=DIR has the table written.
func TestMatrix(t *testing.T) {
	m := &matrix{T: t, all: installations(t), databases: map[string]*cluster.Database{}, dumps: map[string]*dumped{}}
	m.all = slices.DeleteFunc(m.all, func(in *installation) bool { return !in.hasPrograms })
	full := os.Getenv("PGROUNDTRIP_MATRIX") == "full"
	var cells []cell
	for _, p := range m.plans() {
		if !full && !p.inSubset {
			continue
		}
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
	return fmt.Sprintf("%s %d to %d by %d %s %s %s %s to %s %s", p.Part, p.Source, p.Target, p.Dump, p.Format, p.Compression, p.Setting, p.SourceIs, p.TargetIs, p.Workload)
}

// A matrix is the run of the cells: servers, filled databases and dumps are made once.
type matrix struct {
	*testing.T
	all       []*installation
	databases map[string]*cluster.Database
	dumps     map[string]*dumped
}

// dumped is what came of a dump.
type dumped struct {
	backup *backup
	err    error
}

// defaultPlan is a plan with everything as it is by default.
func defaultPlan(part string, source, target *installation) *plan {
	return &plan{cell: cell{Part: part, Format: "custom", Compression: "gzip", Setting: "", Workload: "text"},
		source: source, target: target, dumper: source, sourceIs: plainUTF8, targetIs: plainUTF8}
}

func (m *matrix) plans() []*plan {
	plans := slices.Concat(m.formats(), m.dumpers(), m.settings(), m.encodings())
	for _, p := range plans {
		p.Source, p.Target, p.Dump = p.source.version.Major, p.target.version.Major, p.dumper.version.Major
		p.SourceIs, p.TargetIs = p.sourceIs.name, p.targetIs.name
	}
	return plans
}

// formats are every format and compression over every pair of majors. Where a refusal does not
// depend on the compression one cell of the format stands for all.
func (m *matrix) formats() (plans []*plan) {
	newest := m.all[len(m.all)-1]
	for _, source := range m.all {
		for _, target := range m.all {
			for _, format := range roundtrip.Formats {
				for _, compression := range compressions(source.version.Major) {
					for _, workload := range matrixWorkloads {
						p := defaultPlan("formats", source, target)
						p.Format, p.Compression, p.Workload = format, compression, workload
						p.refusal = refusedPair(source, target)
						isPacked := compression != "none"
						switch {
						case format == "tar" && isPacked:
							p.refusal = tarPlain
						case format == "plain" && isPacked:
							p.refusal = plainPacked
						}
						if p.refusal != nil && (workload != "text" || isPacked && source != target) {
							continue
						}
						isDefault := format == "custom" && compression == "gzip"
						p.inSubset = workload == "text" && (isDefault && (source == target || target == newest) || source == newest && target == newest) ||
							isDefault && source == newest && workload == "text"
						plans = append(plans, p)
					}
				}
			}
		}
	}
	return plans
}

// refusedPair is why what the source's own pg_dump wrote cannot go to the target; nil if it can.
func refusedPair(source, target *installation) *knownRefusal {
	switch {
	case source.version.Major <= target.version.Major:
		return nil
	case source.version.Major >= 17 && target.version.Major <= 16:
		return setsTimeout
	}
	return olderServer
}

// dumpers are upgrades as the documentation of pg_dump advises them: the target's pg_dump dumps.
func (m *matrix) dumpers() (plans []*plan) {
	for _, source := range m.all {
		for _, target := range m.all {
			if target.version.Major <= source.version.Major {
				continue
			}
			for _, workload := range matrixWorkloads {
				p := defaultPlan("newer pg_dump", source, target)
				p.dumper, p.Workload = target, workload
				if m.carriesToken(source) {
					p.refusal = carriesToken
				}
				if p.refusal != nil && workload != "text" {
					continue
				}
				p.inSubset = workload == "text" && target == m.all[len(m.all)-1]
				plans = append(plans, p)
			}
		}
	}
	return plans
}

// carriesToken says whether a server keeps pg_attver.
func (m *matrix) carriesToken(in *installation) bool {
	conn := m.admin(m.T, in.on())
	defer conn.Close(context.Background())
	mustExec(m, conn, "begin; create table public.pg_attver_there (n int)")
	there := value[bool](m, conn, "select coalesce(bool_or(attoptions::text like '%pg_attver%'), false) from pg_attribute where attrelid = 'public.pg_attver_there'::regclass")
	mustExec(m, conn, "rollback")
	return there
}

// settings are hostile defaults, each alone and all together: of the source's database while it is
// dumped, of the login role and of the whole server on the target while it is restored.
func (m *matrix) settings() (plans []*plan) {
	for _, in := range m.all {
		var all []string
		for _, s := range contrarySettings {
			if in.version.Major >= s.since {
				all = append(all, s.name+" = "+s.value)
			}
		}
		all = append(all, "session_replication_role = 'replica'", "default_table_access_method = 'heap'", "default_text_search_config = 'pg_catalog.german'")
		add := func(name string, onSource, onTarget []string, inSubset bool) {
			p := defaultPlan("settings", in, in)
			p.Setting, p.onSource, p.onTarget, p.inSubset = name, onSource, onTarget, inSubset
			plans = append(plans, p)
		}
		for _, s := range all {
			add("source: "+s, []string{s}, nil, false)
			add("target: "+s, nil, []string{s}, false)
		}
		isEdge := in == m.all[0] || in == m.all[len(m.all)-1]
		add("source: all of these", all, nil, isEdge)
		add("target: all of these", nil, all, isEdge)
		add("both: all of these", all, all, false)
	}
	return plans
}

// encodings go from UTF8 to each encoding and provider, back, and from each to itself.
func (m *matrix) encodings() (plans []*plan) {
	for _, in := range m.all {
		isNewest := in == m.all[len(m.all)-1]
		for _, l := range locales[1:] {
			if in.version.Major < l.since {
				continue
			}
			for _, way := range [][2]locale{{plainUTF8, l}, {l, plainUTF8}, {l, l}} {
				for _, workload := range []string{"lifecycle", "text"} {
					p := defaultPlan("encodings", in, in)
					p.sourceIs, p.targetIs, p.Workload = way[0], way[1], workload
					p.inSubset = isNewest && workload == "lifecycle" && way[0] == plainUTF8
					if workload == "text" && way[0].like.Encoding != "" {
						continue // this text cannot be written there in the first place
					}
					switch {
					case workload == "text" && way[1].like.Encoding == "LATIN1":
						p.refusal = noLatin1
					case way[0] == l && way[1] == l && p.isASCII():
						p.Note = "invariant/tables is compared with the source, not with the golden: in SQL_ASCII rows are hashed in another way"
					case p.isASCII():
						p.refusal = otherDigest
					}
					plans = append(plans, p)
				}
			}
		}
	}
	return plans
}

func (p *plan) isASCII() bool {
	return p.sourceIs.like.Encoding == "SQL_ASCII" || p.targetIs.like.Encoding == "SQL_ASCII"
}

// differences from the goldens of results below folder, but for what is known of SQL_ASCII.
func (p *plan) differences(t *testing.T, folder string, encoding string) []string {
	t.Helper()
	return slices.DeleteFunc(unlikeGolden(t, p.Workload, folder), func(difference string) bool {
		return encoding == "SQL_ASCII" && strings.HasPrefix(difference, "invariant/tables.golden differs")
	})
}

// run does one cell.
func (m *matrix) run(t *testing.T, p *plan) cell {
	d := m.dump(t, p)
	err := d.err
	if err == nil {
		err = m.restore(t, p, d.backup)
	}
	p.Result = "same"
	switch {
	case p.refusal == nil && err != nil:
		t.Errorf("not the same: %v", err)
		p.Result = "FAILED"
	case p.refusal != nil && err == nil:
		t.Errorf("it came back the same; the plan says that it is refused: %s", p.refusal.reason)
	case p.refusal != nil && !strings.Contains(err.Error(), p.refusal.says):
		t.Errorf("refused for another reason than %q: %v", p.refusal.says, err)
		p.Result = "FAILED"
	case p.refusal != nil:
		p.Result, p.By, p.Reason = "refused", p.refusal.by, p.refusal.reason
	}
	return p.cell
}

// dump dumps the source of a cell once; its record must be the goldens.
func (m *matrix) dump(t *testing.T, p *plan) *dumped {
	t.Helper()
	key := fmt.Sprint(p.Source, p.Dump, p.Format, p.Compression, p.SourceIs, p.onSource, p.Workload)
	if d := m.dumps[key]; d != nil {
		return d
	}
	db := m.filled(t, p)
	admin := m.admin(t, p.source.on())
	defer admin.Close(context.Background())
	for _, s := range p.onSource {
		mustExec(t, admin, "alter database "+db.Name+" set "+s)
	}
	defer mustExec(t, admin, "alter database "+db.Name+" reset all")
	folder := m.TempDir()
	o := &roundtrip.DumpOptions{Suite: pgtest.DefaultSuite(t), Server: at(t, p.source.on(), "dbname", db.Name), Tools: programsOf(t, m.all, p.dumper, p.source.on()),
		Out: filepath.Join(folder, "archive"), Format: p.Format, Jobs: 1, Tool: "test", Folder: filepath.Join(folder, "work"), DumpArgs: compressArgs(p.Format, p.Compression)}
	if p.Format == "directory" {
		o.Jobs = 2
	}
	outcome, manifest, err := roundtrip.Dump(context.Background(), o)
	d := &dumped{&backup{o.Out, manifest}, err}
	m.dumps[key] = d
	if err == nil {
		requirePass(t, outcome)
		for _, difference := range p.differences(t, filepath.Join(o.Folder, "record"), p.sourceIs.like.Encoding) {
			t.Error("before: " + difference)
		}
	}
	return d
}

// filled is a database that holds the workload of a cell.
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
	if err := roundtrip.Build(context.Background(), conn, s, s.File("workload/"+p.Workload), roundtrip.DefaultRows); err != nil {
		t.Fatal(err)
	}
	m.databases[key] = db
	return db
}

// restore restores a backup as the cell says. An error is why it could not be; a difference fails.
func (m *matrix) restore(t *testing.T, p *plan, b *backup) error {
	t.Helper()
	target := p.target.on()
	if p.onTarget != nil {
		target = m.hostile(t, p)
	}
	manifest, err := roundtrip.ReadManifestBeside(b.path, "")
	if err != nil {
		t.Fatal(err)
	}
	format, contents, outcome, err := roundtrip.Inspect(context.Background(), onPath(m.all), b.path, manifest)
	if err != nil {
		return err
	}
	if format != p.Format {
		t.Errorf("the archive is of format %s", format)
	}
	tools, err := roundtrip.FindRestoreTool(context.Background(), onPath(m.all), target, format, contents.Dump, t.Output())
	if err != nil {
		return err
	}
	// The scratch database is made like the source that the manifest names.
	like := p.targetIs.like
	manifest.Source = record.Source{Encoding: like.Encoding, LocaleProvider: like.Provider, Collate: like.Collate, Ctype: like.Ctype, Locale: like.Locale}
	o := &roundtrip.RestoreOptions{Suite: pgtest.DefaultSuite(t), Archive: b.path, Manifest: manifest, Contents: contents, Format: format,
		Server: target, Tools: tools, Jobs: 1, Folder: t.TempDir(), Log: t.Logf}
	if p.Format == "directory" {
		o.Jobs = 2
	}
	roundtrip.Restore(context.Background(), o, outcome)
	if outcome.Err != nil {
		return outcome.Err
	}
	for _, difference := range p.differences(t, filepath.Join(o.Folder, "after"), like.Encoding) {
		t.Error("after: " + difference)
	}
	names, details := failed(outcome)
	if p.refusal == otherDigest && slices.Equal(names, []string{otherDigest.says}) {
		return errors.New(otherDigest.says)
	}
	if outcome.Verdict() != roundtrip.Pass {
		return fmt.Errorf("verdict %s: %s", outcome.Verdict(), details)
	}
	return probed(t, outcome)
}

// hostile is the cell's target as a role sees it whose defaults are hostile.
func (m *matrix) hostile(t *testing.T, p *plan) *cluster.Server {
	t.Helper()
	admin := m.admin(t, p.target.on())
	t.Cleanup(func() {
		mustExec(t, admin, "drop role hostile")
		admin.Close(context.Background())
	})
	mustExec(t, admin, "create role hostile login superuser")
	for _, s := range p.onTarget {
		mustExec(t, admin, "alter role hostile set "+s)
	}
	hostile := loginAs(t, p.target.on(), "hostile")
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

// write writes the table for people and for machines. Both are the same from run to run.
func (m *matrix) write(dir string, cells []cell) {
	m.Helper()
	var versions []string
	for _, in := range m.all {
		versions = append(versions, in.version.String())
	}
	document, err := json.MarshalIndent(struct {
		Versions []string `json:"versions"`
		Cells    []cell   `json:"cells"`
	}{versions, cells}, "", " ")
	if err != nil {
		m.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		m.Fatal(err)
	}
	write(m.T, filepath.Join(dir, "matrix.json"), append(document, '\n'))
	write(m.T, filepath.Join(dir, "matrix.md"), []byte(matrixTable(versions, cells)))
}

var partTexts = map[string]string{
	"formats":       "Formats and compression, from every major to every other. The source's own pg_dump dumps; directory archives with two jobs.",
	"newer pg_dump": "Upgrades in which the target's pg_dump dumps the older source (format custom, gzip).",
	"settings":      "Hostile defaults of the source's database (alter database) or of the target's login role (alter role), on one major.",
	"encodings":     "Encodings and locale providers of source and target, on one major.",
}

// matrixTable is the matrix for people: cells that differ only in what came last stand in one line.
func matrixTable(versions []string, cells []cell) string {
	var b strings.Builder
	same := 0
	for _, c := range cells {
		if c.Result == "same" {
			same++
		}
	}
	fmt.Fprintf(&b, "# The matrix\n\nWritten by `make matrix`; every cell with its workload is in `matrix.json`. PostgreSQL %s.\n\n", strings.Join(versions, ", "))
	fmt.Fprintf(&b, "%d cells: %d came back the same, %d were refused for a reason that is named. Same means: what every query of the suite prints equals the\n"+
		"committed goldens in every byte, before the dump and after the restore, and every probe is healthy.\n", len(cells), same, len(cells)-same)
	part := ""
	for _, line := range tableLines(cells) {
		if line.part != part {
			part = line.part
			fmt.Fprintf(&b, "\n## %s\n\n%s\n\n| %s | workloads | result |\n|%s---|---|\n", strings.ToUpper(part[:1])+part[1:], partTexts[part], tableColumns[part], strings.Repeat("---|", strings.Count(tableColumns[part], "|")+1))
		}
		fmt.Fprintf(&b, "| %s | %s | %s |\n", line.keys, strings.Join(line.workloads, ", "), line.result)
	}
	return b.String()
}

var tableColumns = map[string]string{
	"formats": "from | to | format | compression", "newer pg_dump": "from | to and pg_dump",
	"settings": "major | setting", "encodings": "major | source | target",
}

type tableLine struct {
	part, keys, result string
	workloads          []string
}

func tableLines(cells []cell) (all []*tableLine) {
	bar := regexp.MustCompile(`\|`)
	for _, c := range cells {
		line := &tableLine{part: c.Part, result: c.Result, workloads: []string{c.Workload}}
		if c.Reason != "" {
			line.result += " by " + c.By + ": " + c.Reason
		}
		if c.Note != "" {
			line.result += "; " + c.Note
		}
		switch c.Part {
		case "formats":
			line.keys = fmt.Sprintf("%d | %d | %s | %s", c.Source, c.Target, c.Format, c.Compression)
		case "newer pg_dump":
			line.keys = fmt.Sprintf("%d | %d", c.Source, c.Target)
		case "settings":
			line.keys = fmt.Sprintf("%d | %s", c.Source, bar.ReplaceAllString(c.Setting, `\|`))
		case "encodings":
			line.keys = fmt.Sprintf("%d | %s | %s", c.Source, c.SourceIs, c.TargetIs)
		}
		same := func(other *tableLine) bool {
			return other.part == line.part && other.keys == line.keys && other.result == line.result
		}
		if at := slices.IndexFunc(all, same); at >= 0 {
			all[at].workloads = append(all[at].workloads, c.Workload)
			continue
		}
		all = append(all, line)
	}
	return all
}

package command

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/peterbourgon/ff/v3"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/pgtool"
	"pgroundtrip/internal/report"
	"pgroundtrip/internal/secret"
	"pgroundtrip/internal/suite"
	"pgroundtrip/internal/tempdir"
	"pgroundtrip/sql"
)

const envPrefix = "PGROUNDTRIP_"

// Shared holds the flags that all commands share.
type Shared struct {
	DSN, bindir, SQL string
	JSON, Verbose    bool
	invariants       bool
	Timeout          time.Duration
	Reports          []string // file names, each with an extension that selects a form of report
	History, sign    string
	Key              string // for commands that take records; "" means no key
}

// Register adds the flags that every command about a database has.
func (s *Shared) Register(flags *flag.FlagSet) {
	flags.StringVar(&s.DSN, "dsn", "",
		"the server, as a `URL` or key=value pairs (else DATABASE_URL, PGHOST or PGSERVICE; pgroundtrip help server)")
	flags.StringVar(&s.bindir, "bindir", "",
		"the only `folder` to search for PostgreSQL's programs (else PATH, then where packages put them)")
	flags.StringVar(&s.SQL, "sql", "", "`folder` with your own suite of .sql files (else the default suite)")
	flags.BoolVar(&s.invariants, "invariants", false,
		"with -sql: the default suite's invariants beside those of the folder")
	s.RegisterReports(flags)
	flags.BoolVar(&s.Verbose, "v", false, "print each phase to stderr (dump, restore, verify and workload always do)")
	s.Timeout = 30 * time.Second
	flags.Var((*Wait)(&s.Timeout), "timeout",
		"how long to wait for a server that is starting, for a lock, and for one that does not answer, for example `90s`")
}

// RegisterReports adds the flags for what a command prints and keeps of its result.
func (s *Shared) RegisterReports(flags *flag.FlagSet) {
	flags.BoolVar(&s.JSON, "json", false, "print one JSON document")
	flags.Func("report", "write a report to this `file`, in the form of its extension: "+report.Extensions+"; may repeat",
		func(path string) error {
			if !report.HasForm(path) {
				return errors.New("the name must end in " + report.Extensions)
			}
			s.Reports = append(s.Reports, path)
			return nil
		})
	flags.StringVar(&s.History, "history", "", "add a line about this run to this `file`, for pgroundtrip status")
	flags.StringVar(&s.sign, "sign", "",
		"sign each .statement of -report with this `key`: a file, env:NAME, or agent[:FINGERPRINT]")
}

// RegisterKey adds -key, for commands that take records of the user's databases.
func (s *Shared) RegisterKey(flags *flag.FlagSet) {
	flags.StringVar(&s.Key, "key", "",
		"`file` or env:NAME with a secret key of 64 hex digits, which is hashed before each row")
}

// Wait is a flag value: a duration that is not negative, which may be given in days.
type Wait time.Duration

const day = Wait(24 * time.Hour)

// String returns the value as it is given, "30s" or "8d".
func (w *Wait) String() string {
	if *w > 0 && *w%day == 0 {
		return fmt.Sprintf("%dd", *w/day)
	}
	return time.Duration(*w).String()
}

// Set parses the value.
func (w *Wait) Set(text string) error {
	const most = 36500
	if number, inDays := strings.CutSuffix(text, "d"); inDays {
		if n, err := strconv.Atoi(number); err == nil && n >= 0 && n <= most {
			*w = Wait(n) * day
			return nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return errors.New("a time is needed, such as 90s, 36h or 8d")
	}
	*w = Wait(d)
	return nil
}

// NeedOne returns a usage error unless the value of a flag is at least 1.
func NeedOne(flagName string, value int64) error {
	return RefuseIf(value < 1, "-%s %d: must be at least 1", flagName, value)
}

// NeedFormat returns a usage error unless format is one of pg_dump's.
func NeedFormat(format string) error {
	return RefuseIf(!slices.Contains(pgdump.Formats, format), "-format %q: must be one of %s", format,
		strings.Join(pgdump.Formats, ", "))
}

// Tool returns the name and version of this program, as records and manifests keep them.
func Tool() string { return "pgroundtrip " + Version() }

// LockWait returns how long to wait for a lock: -timeout, but at least a second.
func (s *Shared) LockWait() time.Duration { return max(s.Timeout, time.Second) }

// options make ff read PGROUNDTRIP_<FLAG> for each flag that the command line leaves out. They go
// through ff's config file, because the environment here is an argument, not a global.
func (p *Program) options() []ff.Option {
	return []ff.Option{
		ff.WithConfigFile(os.DevNull),
		ff.WithIgnoreUndefined(true),
		ff.WithConfigFileParser(func(_ io.Reader, set func(name, value string) error) error {
			return p.setFromEnv(set)
		}),
	}
}

func (p *Program) setFromEnv(set func(name, value string) error) error {
	for _, name := range slices.Sorted(maps.Keys(p.Env)) {
		flagName, ok := strings.CutPrefix(name, envPrefix)
		// The rules for the server's three variables are in cluster.Options.
		if !ok || p.Env[name] == "" || flagName == "DSN" {
			continue
		}
		if err := set(strings.ToLower(strings.ReplaceAll(flagName, "_", "-")), p.Env[name]); err != nil {
			if inner := errors.Unwrap(err); inner != nil {
				err = inner // without ff's text about a config file
			}
			return fmt.Errorf("invalid value %q in %s: %w", p.Env[name], name, err)
		}
	}
	return nil
}

func (p *Program) environ() []string {
	var env []string
	for name, value := range p.Env {
		env = append(env, name+"="+value)
	}
	slices.Sort(env)
	return env
}

func (p *Program) Finder(s *Shared) pgtool.Finder {
	return pgtool.Finder{Bindir: s.bindir, Env: p.environ(), Known: &p.versions}
}

func (p *Program) ClusterOptions(s *Shared) cluster.Options {
	return cluster.Options{DSN: s.DSN, Env: p.Env, Finder: p.Finder(s), Wait: s.Timeout, Log: p.Stderr,
		Temp: p.Env["TMPDIR"], Isolate: true}
}

// OpenSuite reads the suite that -sql names, or the default suite, and gives it the key of -key.
func (p *Program) OpenSuite(s *Shared) (*suite.Suite, error) {
	su, err := readSuite(s)
	if err != nil || s.Key == "" {
		return su, err
	}
	text, err := secret.Read(s.Key, p.Env)
	if err != nil {
		return nil, fmt.Errorf("-key: %w", err)
	}
	key, err := suite.ParseKey(text)
	if err != nil {
		return nil, fmt.Errorf("-key: %w", err)
	}
	return su.WithKey(key)
}

// readStandard reads the default suite. It does so once, since nothing changes a suite.
var readStandard = sync.OnceValues(func() (*suite.Suite, error) { return suite.Open(sql.Files, suite.DefaultName) })

func readSuite(s *Shared) (*suite.Suite, error) {
	standard, err := readStandard()
	if s.SQL == "" {
		return standard, err
	}
	info, err := os.Stat(s.SQL)
	if err != nil {
		return nil, fmt.Errorf("-sql: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%w: -sql %s is not a folder", ErrUsage, s.SQL)
	}
	own, err := suite.Open(os.DirFS(s.SQL), s.SQL)
	if err == nil && s.invariants {
		own = own.WithInvariants(standard)
	}
	return own, err
}

// TempFolder creates a folder for records and archives; the caller must call remove.
func (p *Program) TempFolder() (folder string, remove func() error, err error) {
	dir, err := tempdir.Make(p.Env["TMPDIR"], tempdir.Prefix, p.Stderr)
	if err != nil {
		return "", nil, hint.With(err, "point TMPDIR at an existing, writable folder with free space")
	}
	return dir.Path, dir.Remove, nil
}

// WithServer opens the server, calls do with it, and closes it in any case.
func (p *Program) WithServer(ctx context.Context, s *Shared, do func(*cluster.Server) error) (err error) {
	server, err := cluster.Open(ctx, p.ClusterOptions(s))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Close()) }()
	return do(server)
}

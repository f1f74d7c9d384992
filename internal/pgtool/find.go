package pgtool

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"pgroundtrip/internal/platform"
)

// ErrNotFound marks a program that does not exist, or only in versions that cannot do the work.
var ErrNotFound = errors.New("program not found")

// A Tool is a program that was found and reported its version.
type Tool struct {
	Name    string
	Path    string
	Version Version
}

// A Finder finds PostgreSQL's programs.
type Finder struct {
	// Bindir is the only folder to search; "" means PATH, then where packages install them.
	Bindir string
	// Near is a folder to search before the others: that of a server that this program started.
	Near string
	// Env is the environment that PATH is read from and that programs are run in.
	Env []string
	// Known caches the version of each program that was run for it; nil means no cache.
	Known *sync.Map
}

// packaged are the places where packages install PostgreSQL: Debian, Red Hat, Homebrew, source builds and the
// installers for macOS. Keep in step with .ci/postgres.
var packaged = []string{
	"/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql*/bin",
	"/usr/local/opt/postgresql*/bin", "/home/linuxbrew/.linuxbrew/opt/postgresql*/bin", "/usr/local/pgsql/bin",
	"/Library/PostgreSQL/*/bin", "/Applications/Postgres.app/Contents/Versions/*/bin",
}

// Dirs returns the folders to search: only Bindir, or Near, those of PATH and then the packaged ones, newest first.
func (f Finder) Dirs() []string {
	if f.Bindir != "" {
		return []string{f.Bindir}
	}
	var dirs []string
	if f.Near != "" {
		dirs = append(dirs, f.Near)
	}
	for _, kv := range f.Env {
		if path, ok := strings.CutPrefix(kv, "PATH="); ok {
			dirs = append(dirs, slices.DeleteFunc(filepath.SplitList(path), isHere)...)
		}
	}
	for _, pattern := range packaged {
		found, _ := filepath.Glob(pattern) // the only error is a bad pattern
		slices.SortFunc(found, func(a, b string) int { return digits(b) - digits(a) })
		dirs = append(dirs, found...)
	}
	return dirs
}

// isHere reports whether an entry of PATH means the working folder, which is no safe place to run programs from
// (os/exec refuses it too).
func isHere(dir string) bool { return dir == "" || dir == "." }

// digits returns the number in a folder's name, its major version, or 0.
func digits(dir string) int {
	n := 0
	for _, c := range filepath.Base(filepath.Dir(dir)) {
		if c >= '0' && c <= '9' {
			n = n*10 + int(c-'0')
		}
	}
	return n
}

// All returns every program of that name with its version, in the order of Dirs. It leaves out a program that does
// not report its version.
func (f Finder) All(ctx context.Context, name string) []Tool {
	var tools []Tool
	for _, dir := range f.Dirs() {
		path := filepath.Join(dir, platform.Program(name))
		if isExecutable(path) && (f.Bindir != "" || !isDebianWrapper(path)) {
			tools = append(tools, Tool{Name: name, Path: path})
		}
	}
	var group sync.WaitGroup
	for i := range tools {
		group.Go(func() { tools[i].Version, _ = f.version(ctx, tools[i].Path) }) // the zero Version after an error
	}
	group.Wait()
	return slices.DeleteFunc(tools, func(t Tool) bool { return t.Version == Version{} })
}

// isDebianWrapper reports whether path is Debian's script that picks a version by its own rules; the programs it
// would pick from are among the packaged places.
func isDebianWrapper(path string) bool {
	target, err := filepath.EvalSymlinks(path)
	return err == nil && filepath.Base(target) == "pg_wrapper"
}

func (f Finder) version(ctx context.Context, path string) (Version, error) {
	ask := func() (Version, error) { return f.ask(ctx, path) }
	if f.Known == nil {
		return ask()
	}
	once, _ := f.Known.LoadOrStore(path, sync.OnceValues(ask))
	return once.(func() (Version, error))()
}

func (f Finder) ask(ctx context.Context, path string) (Version, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.Env = CleanEnv(f.Env)
	cmd.WaitDelay = time.Second // for a child that a script left behind
	out, err := cmd.Output()
	if err != nil {
		return Version{}, fmt.Errorf("%s --version: %w", path, err)
	}
	return ParseVersion(string(out))
}

// Pick returns the program of that name that fits the server's version best: the server's own major with the newest
// minor, else the nearest newer major, else the nearest older one. refuse returns why a version cannot do the work,
// or "". If nothing fits, the error wraps ErrNotFound and lists what was refused.
func (f Finder) Pick(ctx context.Context, name string, server Version, refuse func(Version) string) (Tool, error) {
	var refused []string
	var fit []Tool
	for _, tool := range f.All(ctx, name) {
		if reason := refuse(tool.Version); reason != "" {
			refused = append(refused, fmt.Sprintf("%s (%s): %s", tool.Path, tool.Version, reason))
			continue
		}
		fit = append(fit, tool)
	}
	if ctx.Err() != nil { // the programs were not asked for their versions
		return Tool{}, context.Cause(ctx)
	}
	if len(fit) == 0 {
		return Tool{}, f.notFound(name, server, refused)
	}
	slices.SortStableFunc(fit, func(a, b Tool) int {
		if a.Version.Major != b.Version.Major {
			return distance(a.Version, server) - distance(b.Version, server)
		}
		return b.Version.Compare(a.Version)
	})
	return fit[0], nil
}

// distance ranks majors: the server's own is 0, then all newer ones, then the older ones.
func distance(tool, server Version) int {
	const older = 1000
	if tool.Major < server.Major {
		return older + server.Major - tool.Major
	}
	return tool.Major - server.Major
}

// Newest returns the program of that name of the newest major. If there is none, the error wraps ErrNotFound.
func (f Finder) Newest(ctx context.Context, name string) (Tool, error) {
	all := f.All(ctx, name)
	if len(all) == 0 {
		return Tool{}, f.notFound(name, Version{}, nil)
	}
	return slices.MaxFunc(all, func(a, b Tool) int { return a.Version.Major - b.Version.Major }), nil
}

// searched names the folders that were searched.
func (f Finder) searched() string {
	return cmp.Or(f.Bindir, "PATH or the usual places")
}

func (f Finder) notFound(name string, server Version, refused []string) error {
	if len(refused) == 0 {
		return fmt.Errorf("%w: no %s in %s; %s", ErrNotFound, name, f.searched(), Install(server.Major))
	}
	return fmt.Errorf("%w: no %s in %s that fits a server of version %s; %s; found:\n  %s",
		ErrNotFound, name, f.searched(), server, Install(server.Major), strings.Join(refused, "\n  "))
}

// Install is the advice to install the client programs of a major; 0 is any.
func Install(major int) string {
	if major == 0 {
		return "install the PostgreSQL client programs (on Debian the package postgresql-client, elsewhere " +
			"postgresql), or name their folder with -bindir"
	}
	return fmt.Sprintf("install the PostgreSQL %d client programs (on Debian the package postgresql-client-%[1]d, "+
		"on Red Hat postgresql%[1]d), or name their folder with -bindir", major)
}

// ServerDir returns the first folder, in the order of Dirs, that holds initdb and postgres. If there is none, the
// error wraps ErrNotFound.
func (f Finder) ServerDir() (string, error) {
	for _, dir := range f.Dirs() {
		if isExecutable(filepath.Join(dir, "initdb")) && isExecutable(filepath.Join(dir, "postgres")) {
			return filepath.Abs(dir)
		}
	}
	return "", fmt.Errorf("%w: no initdb and postgres in %s; install the PostgreSQL server (the package "+
		"postgresql on Debian, postgresql-server on Red Hat), or name a running one with -dsn", ErrNotFound, f.searched())
}

// ServerDirFor is ServerDir for a cluster that takes a database of that major: it returns the folder of the same
// major, else of the nearest newer one.
func (f Finder) ServerDirFor(ctx context.Context, major int) (string, error) {
	best := Tool{}
	for _, server := range f.All(ctx, "postgres") {
		nearer := best.Path == "" || server.Version.Major < best.Version.Major
		if server.Version.Major >= major && nearer && isExecutable(filepath.Join(filepath.Dir(server.Path), "initdb")) {
			best = server
		}
	}
	if ctx.Err() != nil {
		return "", context.Cause(ctx)
	}
	if best.Path == "" {
		return "", fmt.Errorf("%w: no server of version %d or newer, which the archive needs; install PostgreSQL "+
			"%d, or name a running one with -dsn",
			ErrNotFound, major, major)
	}
	return filepath.Dir(best.Path), nil
}

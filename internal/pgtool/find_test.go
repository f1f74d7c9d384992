package pgtool_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/pgtool"
)

// The tests of this package do not run in parallel: a program that was just written cannot be started while another
// test starts one (text file busy, golang.org/issue/22315).

// program writes a script of that name to dir and returns its path.
func program(t *testing.T, dir, name, script string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// installed makes one folder per release, each with a program of that name and release, and returns the folders as a
// PATH.
func installed(t *testing.T, name string, releases ...string) (path string) {
	t.Helper()
	var dirs []string
	for _, release := range releases {
		dir := filepath.Join(t.TempDir(), release)
		program(t, dir, name, fmt.Sprintf(`echo "%s (PostgreSQL) %s"`, name, release))
		dirs = append(dirs, dir)
	}
	return strings.Join(dirs, string(filepath.ListSeparator))
}

// finder searches the folders of path only: no package has programs of the names used here.
func finder(path string) pgtool.Finder { return pgtool.Finder{Env: []string{"A=b", "PATH=" + path}} }

const fake = "pg_fake"

func anyVersion(pgtool.Version) string { return "" }

func TestPick(t *testing.T) {
	older := func(v pgtool.Version) string {
		if v.Major < 15 {
			return "too old"
		}
		return ""
	}
	for _, tt := range []struct {
		name     string
		releases []string
		refuse   func(pgtool.Version) string
		want     string // for a server of version 15.4
	}{
		{"the only one", []string{"17.1"}, anyVersion, "17.1"},
		{"the server's own major before newer and older ones", []string{"17.1", "14.9", "15.2", "18.1"}, anyVersion, "15.2"},
		{"the newest minor of the server's own major", []string{"15.2", "15.20", "15.9"}, anyVersion, "15.20"},
		{"the nearest newer major", []string{"18.1", "16.1", "17.1"}, anyVersion, "16.1"},
		{"a newer major rather than an older one", []string{"14.9", "18.1"}, anyVersion, "18.1"},
		{"the nearest older major where that will do", []string{"13.1", "14.9", "13.23"}, anyVersion, "14.9"},
		{"none that is refused", []string{"13.1", "14.9", "17.1"}, older, "17.1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tool, err := finder(installed(t, fake, tt.releases...)).Pick(context.Background(), fake, release(t, "15.4"),
				tt.refuse)
			if err != nil || tool.Version != release(t, tt.want) || tool.Name != fake ||
				filepath.Base(filepath.Dir(tool.Path)) != tt.want {
				t.Errorf("%+v, %v; not %s", tool, err, tt.want)
			}
		})
	}
	t.Run("the first on PATH of several of one version", func(t *testing.T) {
		one, two := installed(t, fake, "15.4"), installed(t, fake, "15.4")
		for path, want := range map[string]string{one + ":" + two: one, two + ":" + one: two} {
			if tool, err := finder(path).Pick(context.Background(), fake, release(t, "15.4"), anyVersion); err != nil ||
				filepath.Dir(tool.Path) != want {
				t.Errorf("%+v, %v; not in %s", tool, err, want)
			}
		}
	})
}

func TestTheAdviceNamesThePackage(t *testing.T) {
	for major, want := range map[int]string{0: "postgresql-client,", 17: "postgresql-client-17,"} {
		if got := pgtool.Install(major); !strings.Contains(got, want) {
			t.Errorf("%d: %q does not name %q", major, got, want)
		}
	}
}

func TestPickSaysWhatItFound(t *testing.T) {
	refuse := func(v pgtool.Version) string { return fmt.Sprintf("%d does not fit", v.Major) }
	path := installed(t, fake, "13.1", "18.6")
	dirs := filepath.SplitList(path)
	for _, tt := range []struct {
		name   string
		finder pgtool.Finder
		want   string
	}{
		{"nothing", finder(t.TempDir()), "program not found: no pg_fake in PATH or the usual places; " +
			pgtool.Install(15)},
		{"nothing in -bindir", pgtool.Finder{Bindir: "/nowhere", Env: []string{"PATH=" + path}},
			"program not found: no pg_fake in /nowhere; " + pgtool.Install(15)},
		{"versions that do not fit", finder(path), "program not found: no pg_fake in PATH or the usual places that fits " +
			"a server of version 15.4; " + pgtool.Install(15) + "; found:\n  " + dirs[0] + "/pg_fake (13.1): 13 does not fit\n  " + dirs[1] + "/pg_fake (18.6): 18 does not fit"},
		{"a version that does not fit in -bindir", pgtool.Finder{Bindir: dirs[1]},
			"program not found: no pg_fake in " + dirs[1] +
				" that fits a server of version 15.4; " + pgtool.Install(15) + "; found:\n  " + dirs[1] + "/pg_fake (18.6): 18 does not fit"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, err := tt.finder.Pick(context.Background(), fake, release(t, "15.4"), refuse)
			if !errors.Is(err, pgtool.ErrNotFound) || err.Error() != tt.want {
				t.Errorf("\n got %v\nwant %s", err, tt.want)
			}
		})
	}
	t.Run("a run that is interrupted", func(t *testing.T) {
		ctx, cancel := context.WithCancelCause(context.Background())
		stopped := errors.New("stopped")
		cancel(stopped)
		if _, err := finder(path).Pick(ctx, fake, release(t, "15.4"), refuse); err != stopped {
			t.Errorf("Pick: %v", err)
		}
		if _, err := finder(path).ServerDirFor(ctx, 15); err != stopped {
			t.Errorf("ServerDirFor: %v", err)
		}
	})
}

func TestAll(t *testing.T) {
	paths := func(tools []pgtool.Tool) []string {
		var paths []string
		for _, tool := range tools {
			paths = append(paths, tool.Path)
		}
		return paths
	}
	ctx := context.Background()
	t.Run("finds programs in the order of PATH", func(t *testing.T) {
		path := installed(t, fake, "13.1", "18.6", "15.4")
		var want []string
		for _, dir := range filepath.SplitList(path) {
			want = append(want, filepath.Join(dir, fake))
		}
		if got := paths(finder(path).All(ctx, fake)); !slices.Equal(got, want) {
			t.Errorf("%q, not %q", got, want)
		}
	})
	t.Run("looks nowhere else than in Bindir", func(t *testing.T) {
		bindir, near, path := installed(t, fake, "13.1"), installed(t, fake, "15.4"), installed(t, fake, "18.6")
		f := pgtool.Finder{Bindir: bindir, Near: near, Env: []string{"PATH=" + path}}
		if got := paths(f.All(ctx, fake)); !slices.Equal(got, []string{filepath.Join(bindir, fake)}) {
			t.Errorf("%q", got)
		}
	})
	t.Run("looks near a server that was started before it looks in PATH", func(t *testing.T) {
		near, path := installed(t, fake, "15.4"), installed(t, fake, "18.6")
		f := finder(path)
		f.Near = near
		if got := paths(f.All(ctx, fake)); !slices.Equal(got, []string{filepath.Join(near, fake), filepath.Join(path, fake)}) {
			t.Errorf("%q", got)
		}
	})
	t.Run("looks in the working folder for no program", func(t *testing.T) {
		t.Chdir(installed(t, fake, "15.4"))
		if got := paths(finder(":.:").All(ctx, fake)); got != nil {
			t.Errorf("%q", got)
		}
	})
	t.Run("takes Bindir as it is, also when it is the working folder", func(t *testing.T) {
		t.Chdir(filepath.Dir(installed(t, fake, "15.4")))
		if got := (pgtool.Finder{Bindir: "15.4"}).All(ctx, fake); len(got) != 1 || got[0].Version != release(t, "15.4") {
			t.Errorf("%+v", got)
		}
	})
	t.Run("asks with a clean environment", func(t *testing.T) {
		dir := t.TempDir()
		program(t, dir, fake, `echo "(PostgreSQL) $A.$LC_ALL$PGOPTIONS"; [ "$A$LC_ALL$PGOPTIONS" = 16C ]`)
		f := pgtool.Finder{Bindir: dir, Env: []string{"A=16", "LC_ALL=de_DE", "PGOPTIONS=-c x=y"}}
		if got := f.All(ctx, fake); len(got) != 1 || got[0].Version.Major != 16 {
			t.Errorf("%+v", got)
		}
	})
	for _, tt := range []struct {
		name    string
		prepare func(t *testing.T, dir string)
	}{
		{"leaves out a file that cannot be run", func(t *testing.T, dir string) {
			if err := os.Chmod(program(t, dir, fake, "echo '(PostgreSQL) 15.4'"), 0o644); err != nil {
				t.Fatal(err)
			}
		}},
		{"leaves out a folder", func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, fake), 0o755); err != nil {
				t.Fatal(err)
			}
		}},
		{"leaves out a program that fails", func(t *testing.T,
			dir string) {
			program(t, dir, fake, "echo '(PostgreSQL) 15.4'; exit 1")
		}},
		{"leaves out a program that is something else",
			func(t *testing.T, dir string) { program(t, dir, fake, "echo 'fake 15.4'") }},
		{"leaves out Debian's wrapper, which picks by rules of its own", func(t *testing.T, dir string) {
			wrapper := program(t, filepath.Join(dir, "share"), "pg_wrapper", "echo '(PostgreSQL) 15.4'")
			if err := os.Symlink(wrapper, filepath.Join(dir, fake)); err != nil {
				t.Fatal(err)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			tt.prepare(t, dir)
			if got := finder(dir).All(ctx, fake); len(got) > 0 {
				t.Errorf("%+v", got)
			}
		})
	}
	t.Run("takes Debian's wrapper where it is named with Bindir", func(t *testing.T) {
		dir := t.TempDir()
		if err := os.Symlink(program(t, dir, "pg_wrapper", "echo '(PostgreSQL) 15.4'"), filepath.Join(dir, fake)); err != nil {
			t.Fatal(err)
		}
		if got := (pgtool.Finder{Bindir: dir}).All(ctx, fake); len(got) != 1 {
			t.Errorf("%+v", got)
		}
	})
	t.Run("does not wait for a program that hangs, nor for what that left behind", func(t *testing.T) {
		dir := t.TempDir()
		program(t, dir, fake, "/bin/sleep 20 & /bin/sleep 20")
		short, end := context.WithTimeout(ctx, 100*time.Millisecond)
		defer end()
		start := time.Now()
		if got := finder(dir).All(short, fake); len(got) > 0 || time.Since(start) > 15*time.Second {
			t.Errorf("%+v after %s", got, time.Since(start))
		}
	})
}

func TestDirs(t *testing.T) {
	t.Run("are Bindir alone where it is named", func(t *testing.T) {
		if got := (pgtool.Finder{Bindir: "/b", Near: "/n", Env: []string{"PATH=/p"}}).Dirs(); !slices.Equal(got, []string{"/b"}) {
			t.Errorf("%q", got)
		}
	})
	t.Run("are Near, then PATH, then where packages put them, newest first", func(t *testing.T) {
		got := (pgtool.Finder{Near: "/n", Env: []string{"OLDPATH=/o", "PATH=/p::/q"}}).Dirs()
		if len(got) < 3 || !slices.Equal(got[:3], []string{"/n", "/p", "/q"}) {
			t.Fatalf("%q", got)
		}
		var majors []int
		for _, dir := range got[3:] {
			if major, err := strconv.Atoi(filepath.Base(filepath.Dir(dir))); err == nil &&
				strings.HasPrefix(dir, "/usr/lib/postgresql/") {
				majors = append(majors, -major)
			}
		}
		if !slices.IsSorted(majors) {
			t.Errorf("%q", got)
		}
	})
}

func TestServerDir(t *testing.T) {
	dir, clientOnly := t.TempDir(), t.TempDir()
	for _, name := range []string{"initdb", "postgres"} {
		program(t, dir, name, "exit 0")
	}
	program(t, clientOnly, "initdb", "exit 0")
	t.Run("is the first folder that holds both programs", func(t *testing.T) {
		if got, err := finder(clientOnly + ":" + dir).ServerDir(); got != dir || err != nil {
			t.Errorf("%s, %v; not %s", got, err, dir)
		}
	})
	t.Run("is an absolute path", func(t *testing.T) {
		t.Chdir(filepath.Dir(dir))
		if got, err := (pgtool.Finder{Bindir: filepath.Base(dir)}).ServerDir(); got != dir || err != nil {
			t.Errorf("%s, %v; not %s", got, err, dir)
		}
	})
	t.Run("is not there where one of them is missing", func(t *testing.T) {
		_, err := (pgtool.Finder{Bindir: clientOnly}).ServerDir()
		want := "program not found: no initdb and postgres in " + clientOnly +
			"; install the PostgreSQL server (the package postgresql on " +
			"Debian, postgresql-server on Red Hat), or name a running one with -dsn"
		if !errors.Is(err, pgtool.ErrNotFound) || err.Error() != want {
			t.Errorf("\n got %v\nwant %s", err, want)
		}
	})
}

// TestFindsTheRealPrograms is the only test here that needs PostgreSQL's own programs.
func TestFindsTheRealPrograms(t *testing.T) {
	f := pgtool.Finder{Env: os.Environ()}
	for _, name := range []string{"pg_dump", "pg_restore", "psql"} {
		tool, err := f.Pick(context.Background(), name, pgtool.Version{Major: 13}, anyVersion)
		if err != nil || tool.Version.Major < 9 {
			t.Errorf("%+v, %v", tool, err)
		}
	}
}

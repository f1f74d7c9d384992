package tempdir

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// asChild makes the test binary act as another run: it makes a folder, prints its path, and waits.
const asChild = "TEMPDIR_TEST_PARENT"

func TestMain(m *testing.M) {
	if parent := os.Getenv(asChild); parent != "" {
		d, err := Make(parent, Prefix, io.Discard)
		if err != nil {
			panic(err)
		}
		if err := os.WriteFile(filepath.Join(d.Path, "data"), []byte("rows"), 0o600); err != nil {
			panic(err)
		}
		fmt.Println(d.Path)
		time.Sleep(time.Hour) // not select {}, which ends a program that does nothing else
		runtime.KeepAlive(d)
	}
	os.Exit(m.Run())
}

// child is another run with a folder below parent; kill ends it with SIGKILL.
func child(t *testing.T, parent string) (path string, kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), asChild+"="+parent)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = sync.OnceFunc(func() {
		cmd.Process.Kill()
		cmd.Wait() // "signal: killed" is expected
	})
	t.Cleanup(kill)
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(line), kill
}

func mustMake(t *testing.T, parent string) (*Dir, string) {
	t.Helper()
	var log strings.Builder
	d, err := Make(parent, Prefix, &log)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Remove(); err != nil {
			t.Error(err)
		}
	})
	return d, log.String()
}

func isThere(t *testing.T, path string) bool {
	t.Helper()
	_, err := os.Stat(path)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return err == nil
}

func TestTheFolderIsOursAloneAndGoes(t *testing.T) {
	d, err := Make(t.TempDir(), Prefix, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(d.Path); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	if err := d.Remove(); err != nil || isThere(t, d.Path) {
		t.Errorf("still there; %v", err)
	}
}

func TestWhatAKilledRunLeftIsRemovedByTheNext(t *testing.T) {
	parent := t.TempDir()
	path, kill := child(t, parent)
	if _, said := mustMake(t, parent); said != "" || !isThere(t, filepath.Join(path, "data")) {
		t.Fatalf("the folder of a run that is alive is gone: %q", said)
	}
	kill()
	_, said := mustMake(t, parent)
	if isThere(t, path) || said != "removed "+path+", which a killed run left behind\n" {
		t.Errorf("there: %t; said %q", isThere(t, path), said)
	}
}

// TestNothingElseIsRemoved requires that folders which only look like leftovers stay.
func TestNothingElseIsRemoved(t *testing.T) {
	parent := t.TempDir()
	marked := func(name string) string {
		path := filepath.Join(parent, name)
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(path, marker), nil, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	linked, outside := filepath.Join(parent, Prefix+"7"), marked("elsewhere")
	if err := os.Symlink(outside, linked); err != nil {
		t.Fatal(err)
	}
	unmarked := filepath.Join(parent, Prefix+"8")
	if err := os.Mkdir(unmarked, 0o755); err != nil {
		t.Fatal(err)
	}
	linkedMarker := filepath.Join(parent, Prefix+"9")
	if err := os.Mkdir(linkedMarker, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(outside, marker), filepath.Join(linkedMarker, marker)); err != nil {
		t.Fatal(err)
	}
	stay := []string{marked(Prefix + "backups"), marked("other-1"), outside, linked, unmarked, linkedMarker}
	goes := marked(Prefix + "1234567890")
	mustMake(t, parent)
	for _, path := range stay {
		if !isThere(t, path) {
			t.Errorf("%s was removed", path)
		}
	}
	if isThere(t, goes) {
		t.Errorf("%s was left", goes)
	}
}

// TestRunsAtTheSameTime requires that no run removes a folder that another one is just making.
func TestRunsAtTheSameTime(t *testing.T) {
	parent := t.TempDir()
	var group sync.WaitGroup
	for range 16 {
		group.Go(func() {
			for range 50 {
				var log strings.Builder
				d, err := Make(parent, Prefix, &log)
				if err != nil {
					t.Error(err)
					return
				}
				if err := os.WriteFile(filepath.Join(d.Path, "data"), nil, 0o600); err != nil {
					t.Error(err)
				}
				if err := d.Remove(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	if left, err := os.ReadDir(parent); err != nil || len(left) > 0 {
		t.Errorf("%d left; %v", len(left), err)
	}
}

func TestAParentThatIsNotThere(t *testing.T) {
	_, err := Make(filepath.Join(t.TempDir(), "gone"), Prefix, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "could not make a temporary folder") {
		t.Error(err)
	}
}

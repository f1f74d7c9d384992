package pgtool_test

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgroundtrip/internal/pgtool"
)

// A shell can only be confined to a folder of programs that includes it.
func confined(t *testing.T, c *pgtool.Confinement, script string) (said string, err error) {
	t.Helper()
	shell, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	if c.Programs == "" {
		c.Programs = filepath.Dir(shell)
	}
	var out strings.Builder
	running, err := pgtool.Process{Path: shell, Args: []string{"-c", script}, Env: []string{"PATH=/usr/bin:/bin"},
		Stdout: &out, Confine: c}.Start(context.Background())
	if err != nil {
		return "", err
	}
	<-running.Done()
	if lacks := running.Confined(); len(lacks) > 0 && os.Geteuid() == 0 {
		t.Errorf("this machine cannot confine: %q", lacks)
	}
	return out.String(), running.Err()
}

func TestAConfinedProgramReachesItsFolderAlone(t *testing.T) {
	own, other := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(other, "secret"), []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	c := &pgtool.Confinement{Writable: []string{own}, Offline: true}
	said, err := confined(t, c,
		"echo a > "+own+"/a && mkdir "+own+"/b && mv "+own+"/a "+own+"/b && cat "+own+"/b/a && echo x > /dev/null && rm -r "+own+"/b && cat /etc/hostname > /dev/null")
	if err != nil || said != "a\n" {
		t.Errorf("in its own folder: %q, %v", said, err)
	}
	for _, script := range []string{
		"echo a > " + other + "/a", "rm " + other + "/secret", "mkdir " + other + "/b", "ln -s /etc/passwd " + other +
			"/c", "> " + other + "/secret",
		"cat " + other + "/secret", "ls " + other, "mv " + other + "/secret " +
			own, "echo a > /tmp/pgroundtrip-hostile", "echo a > /dev/shm/pgroundtrip-hostile", "ls /dev/shm", "ls /root", "ls /var/lib",
		"test -e /run/lock", "cp /bin/sh " + own + "/sh && " + own + "/sh -c true",
	} {
		var exit *pgtool.ExitError
		if said, err := confined(t, c, script); !errors.As(err, &exit) {
			t.Errorf("%s: %q, %v", script, said, err)
		}
	}
	if data, err := os.ReadFile(filepath.Join(other, "secret")); err != nil || string(data) != "x" {
		t.Errorf("the other folder was touched: %q, %v", data, err)
	}
}

func TestAConfinedProgramStartsNoOther(t *testing.T) {
	own := t.TempDir()
	script := "cp /bin/true " + own + "/true && " + own + "/true"
	if _, err := confined(t, &pgtool.Confinement{}, script); err == nil {
		t.Error("a file was written")
	}
	if _, err := confined(t, &pgtool.Confinement{Writable: []string{own}}, script); err == nil {
		t.Error("a program outside the folder was started")
	}
}

func TestAnOfflineProgramHasNoNetwork(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	bash := "exec 3<>/dev/tcp/127.0.0.1/" + port
	if _, err := confined(t, &pgtool.Confinement{}, "bash -c '"+bash+"'"); err != nil {
		t.Errorf("online: %v", err)
	}
	if _, err := confined(t, &pgtool.Confinement{Offline: true}, "bash -c '"+bash+"'"); err == nil {
		t.Error("offline it reaches the network")
	}
}

// Confining a child does not confine this process.
func TestThisProcessStaysFree(t *testing.T) {
	for range 20 {
		if _, err := confined(t, &pgtool.Confinement{Offline: true}, "true"); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(t.TempDir(), "a"), []byte("x"), 0o644); err != nil {
		t.Error(err)
	}
	if listener, err := net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Error(err)
	} else {
		listener.Close()
	}
}

// A program that needs another folder than it may run from is started all the same, and reported as not confined.
func TestAProgramThatCannotBeConfinedStartsFree(t *testing.T) {
	shell, err := filepath.EvalSymlinks("/bin/sh")
	if err != nil {
		t.Fatal(err)
	}
	running, err := pgtool.Process{Path: shell, Args: []string{"-c", "exit 3"},
		Confine: &pgtool.Confinement{Programs: t.TempDir()}}.Start(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	<-running.Done()
	if len(running.Confined()) == 0 || !strings.Contains(running.Err().Error(), "exited 3") {
		t.Errorf("%v; lacks %q", running.Err(), running.Confined())
	}
}

// A program cannot load what it wrote itself as a library.
func TestAnOfflineProgramLoadsNoLibraryOfItsOwn(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Log("this takes root; without it the lack is said")
		return
	}
	libraries, err := filepath.Glob("/lib/*/libm.so.6")
	if err != nil || len(libraries) == 0 {
		t.Fatalf("no library to copy: %v", err)
	}
	own := t.TempDir()
	script := "cp " + libraries[0] + " " + own + "/x.so && LD_PRELOAD=" + own + "/x.so /usr/bin/true 2>&1"
	for _, offline := range []bool{false, true} {
		said, err := confined(t, &pgtool.Confinement{Writable: []string{own}, Offline: offline}, script)
		if err != nil || strings.Contains(said, "failed to map segment") != offline {
			t.Errorf("offline %t: %q, %v", offline, said, err)
		}
	}
}

package main

import (
	"bytes"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"
)

// layers are the packages below internal/, the lowest first. A package imports only packages from lines above its own.
var layers = [][]string{
	{"arguments", "crew", "hint", "merkle", "plain", "platform", "progress", "spelling", "sqlstate"},
	{"safefile", "stall"},
	{"conninfo", "detect", "resume", "secret", "tempdir", "toc"},
	{"archive", "pgtool", "serverdir"},
	{"cluster"},
	{"suite"},
	{"session"},
	{"record"},
	{"ahead", "locks", "moment", "take", "verdict", "watch"},
	{"phase"},
	{"chain", "goldens", "lost", "pgdump", "physical", "probe", "reprint", "rowdiff", "standby", "target"},
	{"recordfile"},
	{"origin"},
	{"drill"},
	{"roundtrip"},
	{"evidence", "history", "selftest"},
	{"report"},
	{"command"},
	{"cli"},
}

// TestImportsPointDown keeps the layout: a package does not know those that build on it.
func TestImportsPointDown(t *testing.T) {
	rank := map[string]int{}
	for i, layer := range layers {
		for _, name := range layer {
			rank[name] = i + 1
		}
	}
	files, err := filepath.Glob("../../internal/*/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, path := range files {
		name := filepath.Base(filepath.Dir(path))
		if strings.HasSuffix(path, "_test.go") || strings.HasSuffix(name, "test") { // tests may see everything
			continue
		}
		if rank[name] == 0 {
			t.Errorf("the package %s has no place among the layers", name)
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			_, below, isOurs := strings.Cut(imported, "/internal/")
			if isOurs && rank[below] >= rank[name] {
				t.Errorf("%s imports %s, which does not lie below it", path, below)
			}
		}
	}
}

// TestPackagesStaySmall limits the lines of a package: a larger one hides more than one thing.
func TestPackagesStaySmall(t *testing.T) {
	const most = 1600 // without tests
	lines := map[string]int{}
	for path, text := range sources(t) {
		lines[filepath.Base(filepath.Dir(path))] += bytes.Count(text, []byte("\n"))
	}
	for name, n := range lines {
		if n > most {
			t.Errorf("the package %s has %d lines, more than %d: split what it hides", name, n, most)
		}
	}
}

func TestLinesAreShort(t *testing.T) {
	const most = 120
	for path, text := range sources(t) {
		for i, line := range strings.Split(string(text), "\n") {
			if n := utf8.RuneCountInString(line); n > most {
				t.Errorf("%s:%d has %d columns, more than %d", path, i+1, n, most)
			}
		}
	}
}

// sources returns the Go files under internal, without tests.
func sources(t *testing.T) map[string][]byte {
	t.Helper()
	paths, err := filepath.Glob("../../internal/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string][]byte{}
	for _, path := range paths {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		if files[path], err = os.ReadFile(path); err != nil {
			t.Fatal(err)
		}
	}
	if len(files) == 0 {
		t.Fatal("there are no Go files under internal")
	}
	return files
}

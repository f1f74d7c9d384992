package pgdump

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"pgroundtrip/internal/toc"
)

func onDisk(t *testing.T, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "archive")
	if err := os.WriteFile(path, data, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// FuzzReadContents requires that every line of pg_restore --list that is not a comment is an entry.
func FuzzReadContents(f *testing.F) {
	const list = ";\n; Archive created at 2026-11-23 05:00:00 UTC\n;     Dumped from database version: 15.18 " +
		"(Debian)\n;     Dumped by pg_dump version: 17.12\n;\n" +
		"214; 1259 16385 TABLE public audit_events postgres\n3; 0 16385 TABLE DATA public audit_events postgres\n"
	f.Add([]byte(list))
	f.Add([]byte("; Dumped by pg_dump version: 99999999999999999999.1\n"))
	f.Add([]byte("\n\n;\r\n1; x"))
	f.Fuzz(func(t *testing.T, list []byte) {
		c, _, _, err := readContents(bytes.NewReader(list), nil, nil)
		if err != nil {
			return // the line is too long to be an entry
		}
		entries := 0
		for line := range bytes.Lines(list) {
			if !bytes.HasPrefix(line, []byte(";")) {
				entries++
			}
		}
		if c.Entries != entries {
			t.Errorf("%d entries, want %d", c.Entries, entries)
		}
		if c.Server.Major < 0 || c.Dump.Major < 0 || c.LeastServer() < c.Server.Major {
			t.Errorf("versions: %+v", c)
		}
	})
}

// FuzzPlainContents requires that a plain dump counts as complete only if it ends as pg_dump ends one.
func FuzzPlainContents(f *testing.F) {
	const trailer = "\n--\n-- PostgreSQL database dump complete\n--\n\n"
	f.Add([]byte("--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.18\n-- Dumped by pg_dump " +
		"version 15.18\n\nSET client_encoding = 'UTF8';\nCOPY t (a) FROM stdin;\n1\n\\.\n" + trailer))
	f.Add([]byte("--\n-- PostgreSQL database dump\n--\n\n\\restrict abc\n\nselect 1;\n" + trailer +
		"\\unrestrict abc\n\n"))
	f.Add([]byte("\\restrict abc\n" + trailer + "\\unrestrict abd\n"))
	f.Add([]byte("COPY t (a) FROM stdin;\n" + trailer))
	f.Add([]byte("x\nCREATE DATABASE x;\n\\connect x\n" + trailer))
	f.Add([]byte(trailer))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := onDisk(t, data)
		_, err := (&Tools{}).plainContents(path)
		if err != nil {
			return
		}
		end := bytes.TrimRight(data, "\n \t\r\v\f")
		last := bytes.LastIndexByte(end, '\n')
		isComplete := bytes.HasSuffix(end, []byte("-- PostgreSQL database dump complete\n--"))
		isClosed := bytes.HasPrefix(bytes.TrimSpace(end[last+1:]), []byte(`\unrestrict `))
		if !isComplete && !isClosed {
			t.Errorf("taken for whole: %q", data)
		}
		// Without its last lines it is truncated.
		if whole := bytes.LastIndex(data, []byte("-- PostgreSQL database dump complete")); bytes.Count(data, []byte("dump complete")) == 1 {
			if err := toc.CheckTrailer(onDisk(t, data[:whole])); err == nil {
				t.Errorf("taken for whole without its end: %q", data)
			}
		}
	})
}

// FuzzScan requires, for any lines, that SQL is read and rows of COPY are not.
func FuzzScan(f *testing.F) {
	f.Add("SET client_encoding = 'UTF8';", "ALTER TABLE ONLY public.t ALTER COLUMN c SET (pg_attver=1);")
	f.Add("COPY public.t (a) FROM stdin;", `\connect other`)
	f.Add("", "CREATE DATABASE x;")
	f.Fuzz(func(t *testing.T, before, row string) {
		found, err := scan(strings.NewReader(before + "\n" + row))
		if err != nil {
			t.Fatal(err)
		}
		again, err := scan(strings.NewReader(before + "\n" + row + "\n"))
		if (found.refused == nil) != (again.refused == nil) {
			t.Errorf("refused: %v, with a newline at its end %v", found.refused, again.refused)
		}
		found.refused, again.refused = nil, nil
		if err != nil || !reflect.DeepEqual(found, again) {
			t.Errorf("%+v, with a newline at its end %+v (%v)", found, again, err)
		}
		if strings.ContainsAny(row, "\r\n") || row == `\.` { // a row is one line
			return
		}
		inRows, err := scan(strings.NewReader("COPY public.t (a) FROM stdin;\n" + row + "\n\\.\n"))
		if err != nil || !reflect.DeepEqual(inRows, findings{refers: newReferences()}) {
			t.Errorf("a row says something: %+v (%v)", inRows, err)
		}
	})
}

// FuzzCheckTar requires that a tar file counts as complete only if it ends in two empty blocks, and that no damage
// makes reading it endless.
func FuzzCheckTar(f *testing.F) {
	f.Add([]byte{})
	f.Add(make([]byte, 1024))
	f.Add(make([]byte, 1023))
	f.Add(binary.BigEndian.AppendUint64(bytes.Repeat([]byte("toc.dat\x00"), 63), 0))
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := toc.CheckFiles(onDisk(t, data), "tar"); err == nil && !bytes.HasSuffix(data, make([]byte, 1024)) {
			t.Errorf("taken for whole: %q", data)
		}
	})
}

package detect_test

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pgroundtrip/internal/detect"
	"pgroundtrip/internal/hint"
)

// TestWhatIsNoArchiveIsNamed: the error says what a file or folder is that users take for an archive.
func TestWhatIsNoArchiveIsNamed(t *testing.T) {
	tar := func(first string, kind byte) string {
		head := make([]byte, 512)
		copy(head, first)
		copy(head[257:], "ustar")
		head[156] = kind
		return string(head)
	}
	for name, test := range map[string]struct{ content, says, hint string }{
		"file.gz":         {"\x1f\x8b\x08", "is a compressed file: decompress it first", ""},
		"base.tar":        {tar("backup_label", '0'), "is a tar file of pg_basebackup", "restore -physical"},
		"folder.tar":      {tar("app/", '5'), "is a tar file of a folder", "that has toc.dat in it"},
		"members.tar":     {tar("app/toc.dat", '0'), "is a tar file of a folder", "that has toc.dat in it"},
		"all.sql":         {"--\n-- PostgreSQL database cluster dump\n--\n", "holds a whole cluster", ""},
		"my.sql":          {"-- MySQL dump 10.13\n", "pg_dump writes no file that begins like this", ""},
		"crlf.sql":        {"--\r\n-- PostgreSQL database dump\r\n--\r\n", "was changed on its way", "pg_dump -f"},
		"powershell.sql":  {"\xff\xfe-\x00-\x00", "was changed on its way", "pg_dump -f"},
		"data/PG_VERSION": {"15\n", "is a folder without toc.dat", "restore -physical"},
		"tars/base.tar":   {"", "is a folder without toc.dat", "restore -physical"},
		"other/file":      {"", "is a folder without toc.dat", ""},
	} {
		path := filepath.Join(t.TempDir(), name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(name, "/") {
			path = filepath.Dir(path)
		}
		got, err := detect.Format(path)
		if err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %q, %v; want an error that says %q", name, got, err, test.says)
		}
		if advice := hint.Of(err); advice == "" != (test.hint == "") || !strings.Contains(advice, test.hint) {
			t.Errorf("%s: the hint is %q, want %q", name, advice, test.hint)
		}
	}
}

// TestAFolderThatCannotBeReadIsNotCalledAnotherKind: a link to itself stands for the folder of another user, because
// root may read that.
func TestAFolderThatCannotBeReadIsNotCalledAnotherKind(t *testing.T) {
	dir := t.TempDir()
	if err := os.Symlink("toc.dat", filepath.Join(dir, "toc.dat")); err != nil {
		t.Logf("NOT COVERED: a folder that cannot be read: %v", err)
		return
	}
	if got, err := detect.Format(dir); err == nil || !strings.HasPrefix(err.Error(), "cannot read the archive: ") {
		t.Errorf("%q, %v", got, err)
	}
}

// FuzzFormat requires that a format is reported only if the bytes that define it are there.
func FuzzFormat(f *testing.F) {
	tarHead := append(append([]byte("toc.dat\x00"), make([]byte, 249)...), []byte("ustar")...)
	f.Add([]byte("PGDMP\x01\x0e\x00"), false)
	f.Add(append(tarHead, make([]byte, 250)...), false)
	f.Add([]byte("--\n-- PostgreSQL database dump\n--\n"), false)
	f.Add([]byte{0x1f, 0x8b, 8}, false)
	f.Add([]byte{0x28, 0xb5, 0x2f, 0xfd}, false)
	f.Add([]byte{}, false)
	f.Add([]byte("PGDMP"), true)
	f.Fuzz(func(t *testing.T, data []byte, inFolder bool) {
		folder := t.TempDir()
		path := filepath.Join(folder, "file")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if inFolder {
			path = folder
		}
		got, err := detect.Format(path)
		switch {
		case err != nil && got != "":
			t.Errorf("%s and the error %v", got, err)
		case err == nil && !slices.Contains([]string{"custom", "directory", "tar", "plain"}, got):
			t.Errorf("the format %q", got)
		case err == nil && inFolder:
			t.Error("a folder without toc.dat is an archive")
		case got == "custom" && !bytes.HasPrefix(data, []byte("PGDMP")),
			got == "tar" && !bytes.HasPrefix(data, []byte("toc.dat\x00")),
			got == "plain" && !bytes.Contains(data, []byte("-- PostgreSQL database dump")):
			t.Errorf("%q is not an archive of format %s", data, got)
		}
	})
}

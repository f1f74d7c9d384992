package toc

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// errCut is the error about a plain dump that does not end as pg_dump ends one.
var errCut = errors.New("the plain dump was cut short: its last lines, which say \"PostgreSQL database dump " +
	"complete\", are missing")

// CheckTrailer checks that a plain dump has pg_dump's last lines. A dump that was cut at the end of a statement would
// run without an error.
func CheckTrailer(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	tail := make([]byte, min(info.Size(), 512))
	if _, err := file.ReadAt(tail, info.Size()-int64(len(tail))); err != nil {
		return fmt.Errorf("could not read the end of %s: %w", path, err)
	}
	body, restrict, found := bytes.Cut(tail, []byte("\n--\n-- PostgreSQL database dump complete\n--\n\n"))
	if !found || len(body) == len(tail) {
		return fmt.Errorf("%s: %w", filepath.Base(path), errCut)
	}
	// Newer minor releases close at the very end what \restrict opened at the top.
	head := make([]byte, min(info.Size(), 512))
	if _, err := file.ReadAt(head, 0); err != nil {
		return fmt.Errorf("could not read %s: %w", path, err)
	}
	want := ""
	if opened := restricted.FindSubmatch(head); opened != nil {
		want = `\unrestrict ` + string(opened[1])
	}
	if strings.TrimSpace(string(restrict)) != want {
		return fmt.Errorf("%s: %w", filepath.Base(path), errCut)
	}
	return nil
}

var restricted = regexp.MustCompile(`(?m)^\\restrict (\S+)$`)

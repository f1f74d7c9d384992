package report

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/safefile"
)

// forms maps the extension of a file name to the function that writes that form. was is the file's previous content.
var forms = map[string]func(d *Document, w io.Writer, was []byte) error{
	inToto:       func(d *Document, w io.Writer, _ []byte) error { return d.writeInToto(w) },
	".json":      func(d *Document, w io.Writer, _ []byte) error { return record.WriteJSON(w, d) },
	".md":        func(d *Document, w io.Writer, _ []byte) error { return d.writeMarkdown(w, mostMarkdown) },
	".xml":       func(d *Document, w io.Writer, _ []byte) error { return d.writeJUnit(w) },
	".html":      func(d *Document, w io.Writer, _ []byte) error { return d.writeHTML(w) },
	".prom":      (*Document).writePrometheus,
	".statement": func(d *Document, w io.Writer, _ []byte) error { return d.writeStatement(w) },
}

// inToto is the extension of an in-toto statement. It ends in .json as well.
const inToto = ".intoto.json"

// Extensions lists the extensions of all forms, for messages.
const Extensions = ".html, .md, .xml (JUnit), .prom (Prometheus), .json, .intoto.json or .statement"

// HasForm reports whether the extension of a file name selects a form.
func HasForm(path string) bool { return forms[extension(path)] != nil }

func extension(path string) string {
	if path = strings.ToLower(path); strings.HasSuffix(path, inToto) {
		return inToto
	}
	return filepath.Ext(path)
}

// StatementSHA256 returns the SHA-256 of the document as a statement.
func (d *Document) StatementSHA256() (string, error) {
	hash := sha256.New()
	err := d.writeStatement(hash)
	return fmt.Sprintf("%x", hash.Sum(nil)), err
}

// WriteFile writes the document to a file, in the form of its extension. The file is replaced completely or not at all.
func (d *Document) WriteFile(path string) error {
	var b bytes.Buffer
	var was []byte
	if extension(path) == ".prom" {
		const most = 1 << 20
		was, _ = safefile.Read(path, most) // what cannot be read holds nothing to carry over
	}
	err := forms[extension(path)](d, &b, was)
	if err == nil {
		err = safefile.Write(path, b.Bytes(), safefile.Public)
	}
	if err != nil {
		return fmt.Errorf("could not write the report %s: %w", path, err)
	}
	return nil
}

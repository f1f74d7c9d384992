package evidence

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"pgroundtrip/internal/safefile"
	"pgroundtrip/internal/verdict"
)

// title is the first line of a statement that this program can read.
const title = "pgroundtrip statement v1"

// A statement is a statement file and what was found out about it.
type statement struct {
	path string
	sum  string // SHA-256 of the whole file
	data []byte
	keys map[string]string
	time time.Time
	// absent are the files that the statement names and that are not beside it.
	absent []string
}

// Attest checks one statement, or all statements in a folder ordered by time, with one check each: it was signed by
// an allowed key, it names the previous statement, and the record and the archive beside it are the ones it names. It
// also checks that each statement of written is in the folder.
func Attest(at string, allowed Allowed, written []Written) (*verdict.Report, error) {
	paths, isFolder := []string{at}, false
	info, err := os.Stat(at)
	if err != nil {
		return nil, err
	}
	if isFolder = info.IsDir(); isFolder {
		if paths, err = statementsIn(at); err != nil {
			return nil, err
		}
	}
	r := &verdict.Report{Workload: filepath.Base(at)}
	var all []*statement
	for _, path := range paths {
		s, err := read(path)
		if err != nil {
			r.Assert(filepath.Base(path), false, "%s", err)
			continue
		}
		all = append(all, s)
	}
	order(all)
	for i, s := range all {
		detail, err := s.attest(allowed)
		if err == nil && isFolder {
			err = linked(all, i)
		}
		if err != nil {
			r.Assert(filepath.Base(s.path), false, "%s", err)
			continue
		}
		r.Assert(filepath.Base(s.path), true, "%s", detail)
		if v := s.keys["verdict"]; v != string(verdict.Pass) {
			r.Note("%s is genuine, and its verdict is %s", filepath.Base(s.path), v)
		}
		r.NotCovered = append(r.NotCovered, s.absent...)
	}
	if isFolder {
		requireAll(r, all, written)
	} else {
		r.NotCovered = append(r.NotCovered, "the earlier statements (name the folder that holds them all)")
	}
	return r, nil
}

// Written is a statement that a run wrote, according to the history.
type Written struct{ Run, SHA256 string }

// requireAll adds a failed check for each statement that was written and is missing.
func requireAll(r *verdict.Report, all []*statement, written []Written) {
	for _, w := range written {
		if !slices.ContainsFunc(all, func(s *statement) bool { return s.sum == w.SHA256 }) {
			r.Assert(w.Run, false, "the statement of this run is missing, or was changed: by the history its SHA-256 was %s",
				w.SHA256)
		}
	}
}

// order sorts statements by time, and those of the same second by their links.
func order(all []*statement) {
	slices.SortStableFunc(all, func(a, b *statement) int { return a.time.Compare(b.time) })
	for i, s := range all {
		end := i
		for end < len(all) && all[end].time.Equal(s.time) {
			end++
		}
		first := slices.IndexFunc(all[i:end], func(s *statement) bool {
			isBefore := func(o *statement) bool { return o != s && o.sum == s.keys[previous] }
			return !slices.ContainsFunc(all[i:end], isBefore)
		})
		if first > 0 {
			s = all[i+first]
			copy(all[i+1:i+first+1], all[i:i+first])
			all[i] = s
		}
	}
}

// statementsIn returns the paths of the statements in a folder.
func statementsIn(folder string) (paths []string, err error) {
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), ".statement") {
			paths = append(paths, filepath.Join(folder, e.Name()))
		}
	}
	return paths, err
}

// previous is the key of the line that names the previous statement.
const previous = "previous-statement-sha256"

// read reads a statement. Its keys must be unique, and those that are needed here must be present.
func read(path string) (*statement, error) {
	const most = 1 << 20
	data, err := safefile.Read(path, most)
	if err != nil {
		return nil, err
	}
	s := &statement{path: path, data: data, sum: fmt.Sprintf("%x", sha256.Sum256(data)), keys: map[string]string{}}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	if lines[0] != title {
		return nil, fmt.Errorf("it does not begin with %q", title)
	}
	for _, line := range lines[1:] {
		key, value, _ := strings.Cut(line, " ")
		if _, twice := s.keys[key]; twice {
			return nil, fmt.Errorf("it has two lines %q", key)
		}
		s.keys[key] = value
	}
	for _, needed := range []string{"verdict", "time", previous, "record", "record-sha256", "archive", "archive-sha256"} {
		if s.keys[needed] == "" {
			return nil, fmt.Errorf("it has no line %q", needed)
		}
	}
	s.time, err = time.Parse(time.RFC3339, s.keys["time"])
	return s, err
}

// attest returns who signed the statement, or what is wrong with it.
func (s *statement) attest(allowed Allowed) (detail string, err error) {
	armored, err := safefile.Read(s.path+Suffix, 1<<20)
	if errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("it is not signed: there is no %s", filepath.Base(s.path+Suffix))
	}
	if err != nil {
		return "", err
	}
	signature, err := sshsig.Unarmor(armored)
	if err != nil {
		return "", fmt.Errorf("its signature cannot be read: %w", err)
	}
	if signature.Namespace != Namespace {
		return "", fmt.Errorf("its signature is for %q, not for %q", signature.Namespace, Namespace)
	}
	principals, err := allowed.find(signature.PublicKey, s.time)
	if err != nil {
		return "", err
	}
	err = sshsig.Verify(bytes.NewReader(s.data), signature, signature.PublicKey, signature.HashAlgorithm, Namespace)
	if err != nil {
		return "", fmt.Errorf("it was changed after %s signed it, or the signature belongs to another file", principals)
	}
	detail = fmt.Sprintf("signed by %s: %s of %s at %s", principals, s.keys["verdict"], s.keys["database"], s.keys["time"])
	return detail, s.attestFiles()
}

// attestFiles compares the record and the archive beside the statement with the checksums in it.
func (s *statement) attestFiles() error {
	for _, what := range []string{"record", "archive", "copy-record"} {
		name, want := s.keys[what], s.keys[what+"-sha256"]
		if name == "-" || want == "-" || what == "copy-record" && name == "" { // added later
			continue
		}
		_, got, err := safefile.SHA256(filepath.Join(filepath.Dir(s.path), filepath.Base(name)))
		if errors.Is(err, fs.ErrNotExist) {
			s.absent = append(s.absent, fmt.Sprintf("%s of %s (it is not beside the statement)", name, filepath.Base(s.path)))
			continue
		}
		if err != nil {
			return err
		}
		if got != want {
			return fmt.Errorf("the %s %s is not the one that it names: its SHA-256 is %s", what, name, got)
		}
	}
	return nil
}

// linked returns an error unless a statement names the previous one.
func linked(all []*statement, i int) error {
	s := all[i]
	is := func(sum string) func(*statement) bool { return func(o *statement) bool { return o.sum == sum } }
	switch before := s.keys[previous]; {
	case slices.ContainsFunc(all[:i], is(s.sum)):
		return errors.New("it exists twice")
	case i == 0 && before == "-", i > 0 && before == all[i-1].sum:
		return nil
	case i > 0 && before == "-":
		return fmt.Errorf("it names no previous statement, but there is %s", filepath.Base(all[i-1].path))
	case slices.ContainsFunc(all, is(before)):
		return errors.New("it is out of order: another statement was the newest when it was written")
	}
	return fmt.Errorf("the previous statement is missing, or was changed: its SHA-256 was %s", s.keys[previous])
}

// A signer is one line of an allowed_signers file: ssh-keygen(1), ALLOWED SIGNERS.
type signer struct {
	principals    string
	key           ssh.PublicKey
	namespaces    string    // patterns, separated by commas; "" allows all
	after, before time.Time // zero: no limit
}

// ParseAllowed reads an allowed_signers file. It refuses unknown options instead of ignoring them: they could be
// restrictions.
func ParseAllowed(text string) (all Allowed, err error) {
	number := 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		one, err := parseSigner(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		all = append(all, one)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("it lists no key")
	}
	return all, nil
}

// Allowed are the keys that may sign.
type Allowed []*signer

func parseSigner(line string) (*signer, error) {
	end := strings.IndexAny(line, " \t")
	if end < 0 {
		return nil, fmt.Errorf("it has no key")
	}
	principals := line[:end]
	key, _, options, _, err := ssh.ParseAuthorizedKey([]byte(strings.TrimSpace(line[end:])))
	if err != nil {
		return nil, err
	}
	s := &signer{principals: strings.Trim(principals, `"`), key: key}
	seen := map[string]bool{}
	for _, option := range options {
		name, quoted, _ := strings.Cut(option, "=")
		name, value := strings.ToLower(name), strings.Trim(quoted, `"`)
		if seen[name] || value == "" || `"`+value+`"` != quoted { // as ssh-keygen does
			return nil, fmt.Errorf("the option %s is not supported, is given twice, or has no value in double quotes", name)
		}
		seen[name] = true
		switch name {
		case "namespaces":
			s.namespaces = value
		case "valid-after":
			s.after, err = parseTime(value)
		case "valid-before":
			s.before, err = parseTime(value)
		default:
			err = fmt.Errorf("the option %s is not supported", name)
		}
		if err != nil {
			return nil, err
		}
	}
	return s, nil
}

// parseTime reads a time as ssh-keygen does: YYYYMMDD[HHMM[SS]], in local time unless Z follows.
func parseTime(text string) (time.Time, error) {
	digits, isUTC := strings.CutSuffix(text, "Z")
	zone := time.Local
	if isUTC {
		zone = time.UTC
	}
	for _, layout := range []string{"20060102", "200601021504", "20060102150405"} {
		if len(layout) == len(digits) {
			return time.ParseInLocation(layout, digits, zone)
		}
	}
	return time.Time{}, fmt.Errorf("%q is not a time", text)
}

// find returns the principals of a key that may sign at that time, or why it may not.
func (all Allowed) find(key ssh.PublicKey, at time.Time) (principals string, err error) {
	err = fmt.Errorf("the key %s is not allowed", ssh.FingerprintSHA256(key))
	for _, s := range all {
		if string(s.key.Marshal()) != string(key.Marshal()) {
			continue
		}
		switch {
		case s.namespaces != "" && !matches(s.namespaces):
			err = fmt.Errorf("the key of %s is not allowed for %s", s.principals, Namespace)
		case !s.after.IsZero() && at.Before(s.after):
			err = fmt.Errorf("the key of %s was not valid yet", s.principals)
		case !s.before.IsZero() && at.After(s.before):
			err = fmt.Errorf("the key of %s was not valid any more", s.principals)
		default:
			return s.principals, nil
		}
	}
	return "", err
}

// matches reports whether patterns allow the namespace as in ssh_config(5): only * and ? are wildcards, and a pattern
// with ! in front excludes, wherever it is in the list.
func matches(patterns string) (isAllowed bool) {
	literal := strings.NewReplacer(`\`, `\\`, "[", `\[`)
	for pattern := range strings.SplitSeq(patterns, ",") {
		pattern, isExcluded := strings.CutPrefix(pattern, "!")
		if ok, err := path.Match(literal.Replace(pattern), Namespace); !ok || err != nil {
			continue
		}
		if isExcluded {
			return false
		}
		isAllowed = true
	}
	return isAllowed
}

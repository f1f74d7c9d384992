package evidence

import (
	"fmt"
	"path"
	"strings"
	"time"

	"golang.org/x/crypto/ssh"
)

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

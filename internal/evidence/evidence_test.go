package evidence_test

import (
	"bytes"
	"cmp"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"pgroundtrip/internal/evidence"
	"pgroundtrip/internal/verdict"
)

// newKey returns a private key in OpenSSH's format, and its line of allowed_signers.
func newKey(t *testing.T, options string) (ssh.Signer, string) {
	t.Helper()
	_, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	block, err := ssh.MarshalPrivateKey(private, "")
	if err != nil {
		t.Fatal(err)
	}
	signer, err := evidence.OpenKey("env:KEY", map[string]string{"KEY": string(pem.EncodeToMemory(block))})
	if err != nil {
		t.Fatal(err)
	}
	return signer, "ops@example.com " + options + string(ssh.MarshalAuthorizedKey(signer.PublicKey()))
}

// night returns the path of the statement of night n.
func night(folder string, n int) string {
	return filepath.Join(folder, fmt.Sprintf("night-%d.statement", n))
}

// write writes the statement of a night and its signature, and returns its SHA-256.
func write(t *testing.T, folder string, n int, previous string, signer ssh.Signer) string {
	t.Helper()
	record := fmt.Sprintf("record %d", n)
	text := fmt.Sprintf("pgroundtrip statement v1\nverdict pass\ncommand record\ntime 2026-02-%02dT03:00:00Z\ndatabase "+
		"shop\nmoment-lsn 0/%d\n"+
		"archive -\narchive-sha256 -\nchain-head %064d\nrecord night-%d.json\nrecord-sha256 %x\nprevious-statement-sha256 "+
		"%s\n",
		n, n, n, n, sha256.Sum256([]byte(record)), previous)
	put(t, filepath.Join(folder, fmt.Sprintf("night-%d.json", n)), record)
	put(t, night(folder, n), text)
	if err := evidence.Sign(night(folder, n), signer); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// edit replaces text in the statement of the second night.
func edit(old, is string) func(*testing.T, string, ssh.Signer) {
	return func(t *testing.T, folder string, _ ssh.Signer) {
		before := get(t, night(folder, 2))
		after := strings.Replace(before, old, is, 1)
		if after == before {
			t.Fatalf("there is no %q", old)
		}
		put(t, night(folder, 2), after)
	}
}

// move renames a statement and its signature.
func move(t *testing.T, from, to string) {
	t.Helper()
	for _, suffix := range []string{"", evidence.Suffix} {
		put(t, to+suffix, get(t, from+suffix))
		if err := os.Remove(from + suffix); err != nil {
			t.Fatal(err)
		}
	}
}

func TestEachTamperIsFound(t *testing.T) {
	const changed = "it was changed after ops@example.com signed it"
	for _, tt := range []struct {
		name, options string
		tamper        func(t *testing.T, folder string, signer ssh.Signer)
		want          string // part of a detail; "" means pass
	}{
		{"nothing", "", func(*testing.T, string, ssh.Signer) {}, ""},
		{"names of files mean nothing", "", func(t *testing.T, folder string, _ ssh.Signer) {
			move(t, night(folder, 1), filepath.Join(folder, "z.statement"))
		}, ""},
		{"the verdict", "", edit("verdict pass", "verdict fail"), changed},
		{"the time", "", edit("2026-02-02T03:00:00Z", "2026-02-02T04:00:00Z"), changed},
		{"the head", "", edit("chain-head 0", "chain-head 1"), changed},
		{"the LSN", "", edit("moment-lsn 0/2", "moment-lsn 0/3"), changed},
		{"the digest", "", edit("record-sha256 ", "record-sha256 0"), changed},
		{"a second line for a key", "", edit("verdict pass", "verdict fail\nverdict pass"), `it has two lines "verdict"`},
		{"another signer", "", func(t *testing.T, folder string, _ ssh.Signer) {
			other, _ := newKey(t, "")
			if err := evidence.Sign(night(folder, 2), other); err != nil {
				t.Fatal(err)
			}
		}, "is not allowed"},
		{"another statement's signature", "", func(t *testing.T, folder string, _ ssh.Signer) {
			put(t, night(folder, 2)+evidence.Suffix, get(t, night(folder, 1)+evidence.Suffix))
		}, changed},
		{"no signature", "", func(t *testing.T, folder string, _ ssh.Signer) {
			if err := os.Remove(night(folder, 2) + evidence.Suffix); err != nil {
				t.Fatal(err)
			}
		}, "it is not signed"},
		{"a statement dropped", "", func(t *testing.T, folder string, _ ssh.Signer) {
			if err := os.Remove(night(folder, 2)); err != nil {
				t.Fatal(err)
			}
		}, "the previous statement is missing"},
		{"the first statement dropped", "", func(t *testing.T, folder string, _ ssh.Signer) {
			if err := os.Remove(night(folder, 1)); err != nil {
				t.Fatal(err)
			}
		}, "the previous statement is missing"},
		{"two written in another order", "", func(t *testing.T, folder string, signer ssh.Signer) {
			first := write(t, folder, 1, "-", signer)
			third := write(t, folder, 3, first, signer)
			write(t, folder, 2, third, signer)
		}, "it is out of order"},
		{"a night that was written anew", "", func(t *testing.T, folder string, signer ssh.Signer) {
			write(t, folder, 2, "-", signer)
		}, "it names no previous statement"},
		{"a statement replayed", "", func(t *testing.T, folder string, _ ssh.Signer) {
			for _, suffix := range []string{"", evidence.Suffix} {
				put(t, filepath.Join(folder, "again.statement"+suffix), get(t, night(folder, 2)+suffix))
			}
		}, "it exists twice"},
		{"an expired key", `valid-before="20260202Z" `, func(*testing.T, string, ssh.Signer) {}, "was not valid any more"},
		{"a key that is not valid yet", `valid-after="20260202Z" `, func(*testing.T, string, ssh.Signer) {},
			"was not valid yet"},
		{"a key for something else", `namespaces="git,file" `, func(*testing.T, string, ssh.Signer) {},
			"is not allowed for pgroundtrip"},
		{"a key for this and something else", `namespaces="git,pg*" `, func(*testing.T, string, ssh.Signer) {}, ""},
		{"a key for all but this", `namespaces="*,!pg*" `, func(*testing.T, string, ssh.Signer) {},
			"is not allowed for pgroundtrip"},
		{"a key for brackets, which are not a wildcard", `namespaces="[p]groundtrip,\\pgroundtrip" `,
			func(*testing.T, string, ssh.Signer) {}, "is not allowed for pgroundtrip"},
		{"a signature for something else", "", func(t *testing.T, folder string, signer ssh.Signer) {
			signature, err := sshsig.Sign(bytes.NewReader([]byte(get(t, night(folder, 2)))), signer, sshsig.HashSHA512, "git")
			if err != nil {
				t.Fatal(err)
			}
			put(t, night(folder, 2)+evidence.Suffix, string(sshsig.Armor(signature)))
		}, `its signature is for "git"`},
		{"the record", "", func(t *testing.T, folder string, _ ssh.Signer) {
			put(t, filepath.Join(folder, "night-2.json"), "another")
		}, "the record night-2.json is not the one that it names"},
		{"what is no statement", "", func(t *testing.T, folder string, _ ssh.Signer) {
			put(t, filepath.Join(folder, "a.statement"), "pgroundtrip statement v2\n")
		}, "it does not begin with"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			folder := t.TempDir()
			signer, line := newKey(t, tt.options)
			previous := "-"
			for n := 1; n <= 3; n++ {
				previous = write(t, folder, n, previous, signer)
			}
			tt.tamper(t, folder, signer)
			allowed, err := evidence.ParseAllowed("# keys\n" + line)
			if err != nil {
				t.Fatal(err)
			}
			r, err := evidence.Attest(folder, allowed, nil)
			if err != nil {
				t.Fatal(err)
			}
			var details []string
			for _, c := range r.Checks {
				if c.Verdict != verdict.Pass {
					details = append(details, c.Name+": "+c.Detail)
				}
			}
			got := strings.Join(details, "\n")
			if isPass := r.Verdict() == verdict.Pass; isPass != (tt.want == "") || !strings.Contains(got, tt.want) {
				t.Errorf("%s:\n%s\nwant %q", r.Verdict(), got, tt.want)
			}
		})
	}
}

// TestStatementsOfOneSecondAreInTheOrderOfTheirLinks: whatever the order of their names.
func TestStatementsOfOneSecondAreInTheOrderOfTheirLinks(t *testing.T) {
	signer, line := newKey(t, "")
	allowed, err := evidence.ParseAllowed(line)
	if err != nil {
		t.Fatal(err)
	}
	for _, names := range []string{"abcd", "dcba", "cadb", "bdac", "cabd"} {
		folder, before := t.TempDir(), ""
		var written []evidence.Written
		for i, name := range names {
			path := filepath.Join(folder, string(name)+".statement")
			sum := write(t, folder, 1, cmp.Or(before, "-"), signer)
			text := get(t, night(folder, 1))
			if i == 3 { // a second later
				text = strings.Replace(text, "03:00:00Z", "03:00:01Z", 1)
				sum = fmt.Sprintf("%x", sha256.Sum256([]byte(text)))
			}
			put(t, path, text)
			if err := errors.Join(os.Remove(night(folder, 1)), os.Remove(night(folder, 1)+evidence.Suffix),
				evidence.Sign(path, signer)); err != nil {
				t.Fatal(err)
			}
			before, written = sum, append(written, evidence.Written{Run: string(name), SHA256: sum})
		}
		if r, err := evidence.Attest(folder, allowed, written); err != nil || r.Verdict() != verdict.Pass {
			t.Errorf("%s: %v %+v", names, err, r.Checks)
		}
		// The newest one is dropped: only the history knows that it was there.
		if err := os.Remove(filepath.Join(folder, names[3:]+".statement")); err != nil {
			t.Fatal(err)
		}
		if r, err := evidence.Attest(folder, allowed, nil); err != nil || r.Verdict() != verdict.Pass {
			t.Errorf("%s without the newest: %v %+v", names, err, r.Checks)
		}
		r, err := evidence.Attest(folder, allowed, written)
		if err != nil || r.Verdict() != verdict.Fail || r.Checks[len(r.Checks)-1].Name != names[3:] {
			t.Errorf("%s without the newest, by the history: %v %+v", names, err, r.Checks)
		}
	}
}

func TestAnEmptyFolderIsNoEvidence(t *testing.T) {
	_, line := newKey(t, "")
	allowed, err := evidence.ParseAllowed(line)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := evidence.Attest(t.TempDir(), allowed, nil); err != nil || r.Verdict() != verdict.Error {
		t.Errorf("%v, %v", r, err)
	}
}

func TestAllowedSignersThatAreRefused(t *testing.T) {
	_, line := newKey(t, "")
	for _, text := range []string{"", "# none\n", "ops@example.com\n", "garbage\n",
		strings.Replace(line, " ", " cert-authority ", 1),
		strings.Replace(line, " ", ` namespaces="" `, 1), strings.Replace(line, " ", " namespaces=pgroundtrip ", 1),
		strings.Replace(line, " ", ` valid-before="20200101",valid-before="20990101" `, 1),
		strings.Replace(line, " ", ` valid-before="soon" `, 1), strings.Replace(line, " ", ` no-such-option `, 1)} {
		if _, err := evidence.ParseAllowed(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func TestKeysThatCannotBeOpened(t *testing.T) {
	garbage := filepath.Join(t.TempDir(), "key")
	put(t, garbage, "no key")
	for _, name := range []string{"env:NOSUCH", "agent", "agent:SHA256:x", garbage, garbage + ".gone"} {
		if _, err := evidence.OpenKey(name, nil); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

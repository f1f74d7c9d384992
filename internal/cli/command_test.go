package cli

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// split cuts a line at its spaces; "" is no word.
func split(line string) []string { return strings.Fields(line) }

func TestFlagsGoAnywhereAfterTheCommand(t *testing.T) {
	for _, test := range []struct {
		name, words         string
		takes               int
		tool                string
		flags, args, passed string
	}{
		{"flags first", "-twice -jobs 2 a.dump", 1, "t", "-twice -jobs 2", "a.dump", ""},
		{"flags last", "a.dump -twice -jobs 2", 1, "t", "-twice -jobs 2", "a.dump", ""},
		{"flags between arguments", "a -jobs 2 b -twice", 2, "", "-jobs 2 -twice", "a b", ""},
		{"two dashes, and = for the value", "--twice a.dump --jobs=2", 1, "t", "--twice --jobs=2", "a.dump", ""},
		{"the value of a switch needs =", "-twice false", 1, "t", "-twice", "false", ""},
		{"a value that begins with a dash", "-jobs -1 a.dump", 1, "t", "-jobs -1", "a.dump", ""},
		{"a value that is --", "-jobs -- a.dump", 1, "t", "-jobs --", "a.dump", ""},
		{"a flag without its value", "a.dump -jobs", 1, "t", "-jobs", "a.dump", ""},
		{"what the tool gets", "a.dump -twice -- --no-owner -jobs", 1, "t", "-twice", "a.dump", "--no-owner -jobs"},
		{"no argument before what the tool gets", "-twice -- -Z9", 0, "t", "-twice", "", "-Z9"},
		{"-- before an argument ends the flags", "-twice -- -jobs", 1, "t", "-twice", "-jobs", ""},
		{"-- ends the flags, then a second one", "-- -jobs -- --no-owner", 1, "t", "", "-jobs", "--no-owner"},
		{"-- between two arguments", "a -- -b", 2, "", "", "a -b", ""},
		{"after -- without a tool all are arguments", "a -- b -- -c", 2, "", "", "a b -- -c", ""},
		{"a dash alone is an argument", "-", 1, "", "", "-", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := &command{name: "c", flags: flag.NewFlagSet("c", flag.ContinueOnError), args: make([]string, test.takes),
				tool: test.tool}
			c.flags.Bool("twice", false, "")
			c.flags.Int("jobs", 1, "")
			got, err := c.arrange(split(test.words))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got.flags, split(test.flags)) || !slices.Equal(got.args, split(test.args)) ||
				!slices.Equal(got.passed, split(test.passed)) {
				t.Errorf("flags %q, arguments %q, for the tool %q", got.flags, got.args, got.passed)
			}
		})
	}
}

func TestTheNearestNameIsTheOneThatWasMeant(t *testing.T) {
	names := []string{"bindir", "dsn", "format", "golden", "jobs", "keep", "restore-timeout", "show-values", "timeout",
		"twice"}
	for word, want := range map[string]string{
		"twise": "twice", "twcie": "twice", "TWICE": "twice", "job": "jobs", "j": "jobs", "formt": "format", "show": "show-values",
		"time-out": "timeout", "restoretimeout": "restore-timeout", "bin-dir": "bindir", "values": "",
		"no-owner": "", "frobnicate": "", "Z9": "", "": "",
	} {
		if got := nearest(word, names); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

// run runs the program and returns what it wrote to stdout.
func run(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := Run(context.Background(), args, &stdout, &stderr, nil); status != Proven {
		t.Fatalf("%q: exit status %d\n%s", args, status, stderr.String())
	}
	return stdout.String()
}

func TestBashCompletesCommandsAndEveryFlag(t *testing.T) {
	script := filepath.Join(t.TempDir(), "completion")
	if err := os.WriteFile(script, []byte(run(t, "completion", "bash")), 0o644); err != nil {
		t.Fatal(err)
	}
	complete := func(words ...string) []string {
		t.Helper()
		const ask = `. "$1"; shift; COMP_WORDS=(pgroundtrip "$@"); COMP_CWORD=$#; _pgroundtrip; printf '%s\n' "${COMPREPLY[@]}"`
		out, err := exec.Command("bash", append([]string{"-c", ask, "bash", script}, words...)...).CombinedOutput()
		if err != nil {
			t.Fatalf("%q: %v\n%s", words, err, out)
		}
		return split(string(out))
	}
	for _, test := range []struct {
		words []string
		want  string
	}{
		{[]string{"res"}, "restore"},
		{[]string{"restore", "-tw"}, "-twice"},
		{[]string{"restore", "a.dump", "--show"}, "--show-values"},
		{[]string{"check", "-wi"}, "-wipe"},
		{[]string{"help", "ver"}, "verify version"},
		{[]string{"completion", "z"}, "zsh"},
		{[]string{"restore", "a"}, ""},
		{[]string{"nosuch", "-"}, ""},
	} {
		if got := strings.Join(complete(test.words...), " "); got != test.want {
			t.Errorf("%q completes to %q, want %q", test.words, got, test.want)
		}
	}
	p := &program{}
	for _, c := range p.commandTable() {
		var flags []string
		c.flags.VisitAll(func(f *flag.Flag) { flags = append(flags, "-"+f.Name) })
		if got := complete(c.name, "-"); !slices.Equal(got, flags) {
			t.Errorf("%s - completes to %q, want %q", c.name, got, flags)
		}
	}
}

func TestZshCompletesEveryCommandAndFlag(t *testing.T) {
	script := run(t, "completion", "zsh")
	p := &program{}
	for _, c := range p.commandTable() {
		_, body, found := strings.Cut(script, "\n    "+c.name+") _arguments")
		body, _, _ = strings.Cut(body, ";;")
		if !found || !strings.Contains(script, "'"+c.name+":") {
			t.Errorf("%s is missing", c.name)
		}
		c.flags.VisitAll(func(f *flag.Flag) {
			if !strings.Contains(body, "'*-"+f.Name+"[") {
				t.Errorf("%s -%s is missing", c.name, f.Name)
			}
		})
	}
	for i, line := range strings.Split(script, "\n") {
		if n := strings.Count(strings.ReplaceAll(line, `'\''`, ""), "'"); n%2 != 0 {
			t.Errorf("line %d has an open quote: %s", i+1, line)
		}
	}
}

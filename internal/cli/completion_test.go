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

	"pgroundtrip/internal/command"
)

// run runs the program and returns what it wrote to stdout.
func run(t *testing.T, args ...string) string {
	t.Helper()
	var stdout, stderr bytes.Buffer
	if status := Run(context.Background(), args, &stdout, &stderr, nil); status != command.Proven {
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
		return strings.Fields(string(out))
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
	for _, c := range commands(&command.Program{}) {
		var flags []string
		c.Flags.VisitAll(func(f *flag.Flag) { flags = append(flags, "-"+f.Name) })
		if got := complete(c.Name, "-"); !slices.Equal(got, flags) {
			t.Errorf("%s - completes to %q, want %q", c.Name, got, flags)
		}
	}
}

func TestZshCompletesEveryCommandAndFlag(t *testing.T) {
	script := run(t, "completion", "zsh")
	for _, c := range commands(&command.Program{}) {
		_, body, found := strings.Cut(script, "\n    "+c.Name+") _arguments")
		body, _, _ = strings.Cut(body, ";;")
		if !found || !strings.Contains(script, "'"+c.Name+":") {
			t.Errorf("%s is missing", c.Name)
		}
		c.Flags.VisitAll(func(f *flag.Flag) {
			if !strings.Contains(body, "'*-"+f.Name+"[") {
				t.Errorf("%s -%s is missing", c.Name, f.Name)
			}
		})
	}
	for i, line := range strings.Split(script, "\n") {
		if n := strings.Count(strings.ReplaceAll(line, `'\''`, ""), "'"); n%2 != 0 {
			t.Errorf("line %d has an open quote: %s", i+1, line)
		}
	}
}

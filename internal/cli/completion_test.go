package cli

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

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
	for _, value := range regexp.MustCompile(`\]:(.*):_files`).FindAllStringSubmatch(script, -1) {
		if !regexp.MustCompile(`^[\w.]+$`).MatchString(value[1]) {
			t.Errorf("the value of a flag is called %q: must be one word", value[1])
		}
	}
}

// inZsh types words into an interactive zsh, each time followed by a tab, and prints the line that they become.
const inZsh = `
zmodload zsh/zpty
zpty z env "ZDOTDIR=$1" TERM=dumb zsh -i
zpty -r z out '*ready*'
shift
for line; do
    zpty -n -w z "$line"$'\t'
    zpty -r z out '*<*>*'
    print -r -- "${${out##*<}%%>*}"
done
zpty -d z`

// zshrc makes a tab complete, print the line and empty it.
const zshrc = `
autoload -Uz compinit
compinit -u -D
source "$ZDOTDIR/completion"
compdef _pgroundtrip pgroundtrip
complete-and-show() { zle complete-word; print -r -- "<$BUFFER>"; BUFFER= }
zle -N complete-and-show
bindkey '^I' complete-and-show
cd "$ZDOTDIR"
PS1=ready`

func TestZshCompletesWhatIsTyped(t *testing.T) {
	zsh, err := exec.LookPath("zsh")
	if err != nil {
		t.Log("NOT COVERED: completion in zsh, which is not installed")
		return
	}
	dir := t.TempDir()
	for name, text := range map[string]string{".zshrc": zshrc, "completion": run(t, "completion", "zsh"), "app.dump": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want := []struct{ typed, completed string }{
		{"pgroundtrip res", "pgroundtrip restore "},
		{"pgroundtrip help evi", "pgroundtrip help evidence "},
		{"pgroundtrip help ver", "pgroundtrip help ver"}, // verify or version
		{"pgroundtrip completion z", "pgroundtrip completion zsh "},
	}
	for _, c := range commands(&command.Program{}) { // one that fails to complete one flag completes none
		line := "pgroundtrip " + c.Name + " -histor"
		want = append(want, struct{ typed, completed string }{line, line + "y "},
			struct{ typed, completed string }{"pgroundtrip " + c.Name + " --histor", "pgroundtrip " + c.Name + " --history "},
			struct{ typed, completed string }{line + "y ap", line + "y app.dump "})
	}
	args := []string{"-f", "-c", inZsh, "zsh", dir}
	for _, w := range want {
		args = append(args, w.typed)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, zsh, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n")
	for i, w := range want {
		if i >= len(got) || got[i] != w.completed {
			t.Fatalf("%q becomes the %d. line of\n%q\nwant %q", w.typed, i+1, got, w.completed)
		}
	}
}

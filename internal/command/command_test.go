package command

import (
	"flag"
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
			c := &Command{Name: "c", Flags: flag.NewFlagSet("c", flag.ContinueOnError), Args: make([]string, test.takes),
				Tool: test.tool}
			c.Flags.Bool("twice", false, "")
			c.Flags.Int("jobs", 1, "")
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

func TestAnEmptyValueIsRefused(t *testing.T) {
	c := &Command{Name: "c", Flags: flag.NewFlagSet("c", flag.ContinueOnError)}
	c.Flags.String("key", "", "")
	for _, words := range [][]string{{"-key", ""}, {"-key="}, {"--key", "", "a"}, {"a", "--key="}} {
		if _, err := c.arrange(words); err == nil || !strings.HasSuffix(err.Error(), "key is empty") {
			t.Errorf("%q: %v", words, err)
		}
	}
	c.Args = []string{"A", "B"}
	for name, args := range map[string][]string{"A": {"", "b"}, "B": {"a", ""}} {
		if err := c.count(&given{args: args}); err == nil || !strings.HasSuffix(err.Error(), name+" is empty") {
			t.Errorf("%q: %v", args, err)
		}
	}
	if _, err := c.arrange([]string{"-key=a=", "-key", "="}); err != nil {
		t.Error(err)
	}
}

func TestTheNearestNameIsTheOneThatWasMeant(t *testing.T) {
	names := []string{"bindir", "dsn", "format", "golden", "jobs", "keep", "restore-timeout", "show-values", "timeout",
		"twice"}
	for word, want := range map[string]string{
		"twise": "twice", "twcie": "twice", "jbos": "jobs", "dns": "dsn", "TWICE": "twice", "job": "jobs", "j": "jobs", "formt": "format", "show": "show-values",
		"time-out": "timeout", "restoretimeout": "restore-timeout", "bin-dir": "bindir", "values": "",
		"no-owner": "", "frobnicate": "", "Z9": "", "": "",
	} {
		if got := nearest(word, names); got != want {
			t.Errorf("%q: %q, want %q", word, got, want)
		}
	}
}

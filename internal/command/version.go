package command

import (
	"context"
	"fmt"
	"runtime/debug"
)

// Version returns the version of the binary: a tag, or Go's pseudo-version of a commit.
func Version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func (p *Program) version() *Command {
	return &Command{Name: "version", Flags: p.FlagSet("version"), Help: "Print version, commit and Go's version.",
		Run: func(context.Context, []string, []string) error {
			_, err := fmt.Fprintf(p.stdout, "pgroundtrip %s (%s)\n", Version(), builtFrom())
			return err
		}}
}

// builtFrom returns the commit, if it was known when the binary was built, and Go's version.
func builtFrom() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "commit unknown"
	}
	commit, changed := "unknown", ""
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			commit = s.Value[:min(12, len(s.Value))]
		case s.Key == "vcs.modified" && s.Value == "true":
			changed = " with changes"
		}
	}
	return "commit " + commit + changed + ", " + info.GoVersion
}

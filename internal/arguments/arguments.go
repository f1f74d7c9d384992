// Package arguments checks the options that users pass through to pg_dump and pg_restore.
package arguments

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrUnsupported marks a combination of options that is not supported.
var ErrUnsupported = errors.New("unsupported options")

// partial are the options of pg_dump that leave out part of the database. The record covers all of it, so a restore
// would always differ.
var partial = []string{
	"-a", "--data-only", "-s", "--schema-only", "--no-schema", "--no-data", "--section",
	"-t", "--table", "-T", "--exclude-table", "-n", "--schema", "-N", "--exclude-schema", "--exclude-table-data",
	"--table-and-children", "--exclude-table-and-children",
	"--exclude-table-data-and-children", "--filter", "-e", "--extension", "--exclude-extension", "-B", "--no-blobs",
	"--no-large-objects", "--no-unlogged-table-data", "--no-comments", "--no-publications", "--no-subscriptions",
	"--no-security-labels", "--no-policies", "--statistics-only", "--no-toast-compression", "--no-table-access-method",
}

// reserved are the options that this program sets itself.
var reserved = []string{
	"-f", "--file", "-F", "--format", "--snapshot", "-j", "--jobs", "-d", "--dbname", "-h", "--host",
	"-p", "--port", "-U", "--username",
	"-C", "--create", "-c", "--clean", "--if-exists", "-l", "--list", "--serializable-deferrable",
}

// ours maps a reserved option to the flag of this program that takes its place.
var ours = map[string]string{
	"-F": "-format", "--format": "-format", "-j": "-jobs", "--jobs": "-jobs",
	"-d": "-dsn", "--dbname": "-dsn", "-h": "-dsn", "--host": "-dsn", "-p": "-dsn", "--port": "-dsn",
	"-U": "-dsn", "--username": "-dsn",
}

// unsafe maps each option that can silently change or lose rows to how it does so.
var unsafe = map[string]string{
	"--enable-row-security": "rows that a policy hides from this role are left out without an error",
	"--inserts":             "a float -0 becomes 0; COPY is exact",
	"--column-inserts":      "a float -0 becomes 0; COPY is exact",
	"--attribute-inserts":   "a float -0 becomes 0; COPY is exact",
	"--rows-per-insert":     "a float -0 becomes 0; COPY is exact",
	"--extra-float-digits":  "floats are rounded",
	"--disable-triggers":    "a data-only restore leaves every trigger plainly enabled, whatever it was before",
}

// JudgeDump refuses options of pg_dump that leave out part of the database or that this program sets itself, and
// returns a warning for each that can lose rows.
func JudgeDump(args []string) (warnings []string, err error) {
	warnings = []string{}
	for _, arg := range args {
		for _, name := range OptionsIn(arg) {
			if full := SpelledOut(name, partial); full != "" {
				return nil, fmt.Errorf("%w: pg_dump %s leaves out part of the database, but the manifest covers "+
					"all of it: dump without this option", ErrUnsupported, full)
			}
			if err := refuseReserved("pg_dump", name); err != nil {
				return nil, err
			}
			for full, loss := range unsafe {
				if IsShortFor(name, full) {
					warnings = append(warnings, "pg_dump "+full+": "+loss)
				}
			}
		}
	}
	slices.Sort(warnings)
	return warnings, nil
}

// refuseReserved refuses an option of program that this program sets itself.
func refuseReserved(program, option string) error {
	full := SpelledOut(option, reserved)
	if full == "" {
		return nil
	}
	err := fmt.Errorf("%w: %s %s is set by pgroundtrip itself", ErrUnsupported, program, full)
	switch flag := ours[full]; {
	case full == "--serializable-deferrable":
		err = fmt.Errorf("%w: %s %s takes a snapshot of its own, but pg_dump has to read the one of the record",
			ErrUnsupported, program, full)
	case flag != "":
		err = fmt.Errorf("%w: use %s, before --", err, flag)
	}
	return err
}

// LeavesOut reports whether the options of pg_dump or pg_restore leave out owners, and whether they leave out grants.
func LeavesOut(args []string) (owners, grants bool) {
	for _, arg := range args {
		for _, name := range OptionsIn(arg) {
			owners = owners || SpelledOut(name, []string{"-O", "--no-owner"}) != ""
			grants = grants || SpelledOut(name, []string{"-x", "--no-privileges", "--no-acl"}) != ""
		}
	}
	return owners, grants
}

// JudgeRestore refuses options of pg_restore that would direct it to another database than the scratch one, or let it
// drop or create one. Options that leave something out are accepted: the comparison finds what is missing.
func JudgeRestore(format string, args []string) error {
	if format == "plain" && len(args) > 0 {
		return fmt.Errorf("%w: a plain dump is sent to the server without pg_restore, so there is no use for %s",
			ErrUnsupported, args[0])
	}
	for _, arg := range args {
		for _, name := range OptionsIn(arg) {
			if err := refuseReserved("pg_restore", name); err != nil {
				return err
			}
		}
	}
	return nil
}

// takesValue are the short options of pg_dump and pg_restore that take the rest of their word as a value.
const takesValue = "dEfFhIjLnNpPStTUZ"

// OptionsIn returns the options in one word of a command line: "--table=t" is --table, "-xst" is -x, -s and -t,
// "-Tstaff" is only -T. A word that is not an option returns none.
func OptionsIn(arg string) []string {
	if strings.HasPrefix(arg, "--") {
		name, _, _ := strings.Cut(arg, "=")
		return []string{name}
	}
	letters, isShort := strings.CutPrefix(arg, "-")
	if !isShort {
		return nil
	}
	var names []string
	for _, letter := range letters {
		names = append(names, "-"+string(letter))
		if strings.ContainsRune(takesValue, letter) {
			break
		}
	}
	return names
}

// SpelledOut returns the option in full that name is, or abbreviates, or "".
func SpelledOut(name string, full []string) string {
	if slices.Contains(full, name) {
		return name
	}
	if i := slices.IndexFunc(full, func(f string) bool { return IsShortFor(name, f) }); i >= 0 {
		return full[i]
	}
	return ""
}

// IsShortFor reports whether name is the option full or, as getopt_long allows, an abbreviation of it. --statistics is
// an option of its own (since pg_dump 18; an older one knows neither).
func IsShortFor(name, full string) bool {
	return name == full || len(name) > len("--") && name != "--statistics" && strings.HasPrefix(name, "--") &&
		strings.HasPrefix(full, name)
}

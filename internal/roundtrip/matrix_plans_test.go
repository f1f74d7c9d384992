//go:build unix

package roundtrip_test

import (
	"context"
	"slices"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgdump"
	"pgroundtrip/internal/storytest"
)

// A locale is an encoding and a locale provider with a readable name.
type locale struct {
	name  string
	like  cluster.Properties
	since int // the first major that has it
}

var locales = []locale{
	{"UTF8, C", cluster.Properties{}, 13},
	{"UTF8, C.UTF-8 of libc", cluster.Properties{Collate: "C.UTF-8", Ctype: "C.UTF-8"}, 13},
	{"LATIN1, C", cluster.Properties{Encoding: "LATIN1"}, 13},
	{"SQL_ASCII, C", cluster.Properties{Encoding: "SQL_ASCII"}, 13},
	{"UTF8, und of ICU", cluster.Properties{Provider: "i", Locale: "und"}, 15},
	{"UTF8, en-u-kn of ICU", cluster.Properties{Provider: "i", Locale: "en-u-kn"}, 15},
	{"UTF8, C.UTF-8 built in", cluster.Properties{Provider: "b", Locale: "C.UTF-8"}, 17},
}

var plainUTF8 = locales[0]

// A knownRefusal is a reason why a cell is impossible: who reports it, and a part of the message.
type knownRefusal struct{ by, says, reason string }

var (
	olderServer = &knownRefusal{"pgroundtrip", "an older major cannot restore it",
		"the archive holds a database of a newer major"}
	setsTimeout = &knownRefusal{"pgroundtrip", "transaction_timeout",
		"what pg_dump 17 or newer writes sets transaction_timeout, which a server of version 16 or older does not know"}
	tarPlain = &knownRefusal{"PostgreSQL", "compression is not supported by tar archive format",
		"pg_dump does not compress the format tar"}
	plainPacked = &knownRefusal{"pgroundtrip", "cannot be read back",
		"a compressed plain dump is a file that psql cannot run: compress it afterwards, outside"}
	carriesToken = &knownRefusal{"pgroundtrip", "pg_attver",
		"the server keeps pg_attver, a token that a pg_dump of an earlier minor release does not leave out"}
	noLatin1 = &knownRefusal{"PostgreSQL", "has no equivalent in encoding",
		"the workload holds characters that LATIN1 does not have"}
	otherDigest = &knownRefusal{"pgroundtrip", "record/invariant/tables",
		"in SQL_ASCII rows are hashed in another way than elsewhere: across the two that check fails, and it alone; a " +
			"restore keeps the source's encoding"}
)

// workloads are the workloads of the matrix: every byte hazard, every JSON hazard, the everyday events.
var matrixWorkloads = []string{"text", "json", "lifecycle"}

// compressions lists what pg_dump of a major can be asked for (13 takes a name silently for none).
func compressions(major int) []string {
	if major >= 16 {
		return []string{"none", "gzip", "lz4", "zstd"}
	}
	return []string{"none", "gzip"}
}

func compressArgs(format, compression string) []string {
	switch {
	case compression == "none" && (format == "tar" || format == "plain"):
		return nil
	case compression == "none":
		return []string{"-Z0"}
	case compression == "gzip":
		return []string{"-Z6"}
	}
	return []string{"-Z" + compression}
}

// defaultPlan returns a plan with default values.
func defaultPlan(part string, source, target *installation) *plan {
	return &plan{cell: cell{Part: part, Format: "custom", Compression: "gzip", Setting: "", Workload: "text"},
		source: source, target: target, dumper: source, sourceIs: plainUTF8, targetIs: plainUTF8}
}

func (m *matrix) plans() []*plan {
	plans := slices.Concat(m.formats(), m.dumpers(), m.settings(), m.encodings())
	for _, p := range plans {
		p.Source, p.Target, p.Dump = p.source.version.Major, p.target.version.Major, p.dumper.version.Major
		p.SourceIs, p.TargetIs = p.sourceIs.name, p.targetIs.name
	}
	return plans
}

// formats are every format and compression over every pair of majors. Where a refusal does not
// depend on the compression one cell of the format stands for all.
func (m *matrix) formats() (plans []*plan) {
	newest := m.all[len(m.all)-1]
	for _, source := range m.all {
		for _, target := range m.all {
			for _, format := range pgdump.Formats {
				for _, compression := range compressions(source.version.Major) {
					for _, workload := range matrixWorkloads {
						p := defaultPlan("formats", source, target)
						p.Format, p.Compression, p.Workload = format, compression, workload
						p.refusal = refusedPair(source, target)
						isPacked := compression != "none"
						switch {
						case format == "tar" && isPacked:
							p.refusal = tarPlain
						case format == "plain" && isPacked:
							p.refusal = plainPacked
						}
						if p.refusal != nil && (workload != "text" || isPacked && source != target) {
							continue
						}
						isDefault, atHome := format == "custom" && compression == "gzip", source == newest && target == newest
						p.inSubset = workload == "text" && (atHome || isDefault &&
							(source == target || source == newest || target == newest))
						plans = append(plans, p)
					}
				}
			}
		}
	}
	return plans
}

// refusedPair returns why the output of the source's own pg_dump cannot be restored into the target; nil if it can.
func refusedPair(source, target *installation) *knownRefusal {
	switch {
	case source.version.Major <= target.version.Major:
		return nil
	case source.version.Major >= 17 && target.version.Major <= 16:
		return setsTimeout
	}
	return olderServer
}

// dumpers are upgrades as the documentation of pg_dump advises: the target's pg_dump dumps the source.
func (m *matrix) dumpers() (plans []*plan) {
	for _, source := range m.all {
		for _, target := range m.all {
			if target.version.Major <= source.version.Major {
				continue
			}
			for _, workload := range matrixWorkloads {
				p := defaultPlan("newer pg_dump", source, target)
				p.dumper, p.Workload = target, workload
				if m.carriesToken(source) && !m.carriesToken(target) { // what keeps it comes with a pg_dump that knows it
					p.refusal = carriesToken
				}
				if p.refusal != nil && workload != "text" {
					continue
				}
				p.inSubset = workload == "text" && target == m.all[len(m.all)-1]
				plans = append(plans, p)
			}
		}
	}
	return plans
}

// carriesToken reports whether a server stores pg_attver.
func (m *matrix) carriesToken(in *installation) bool {
	conn := m.admin(m.T, in.on())
	defer conn.Close(context.Background())
	storytest.MustExec(m, conn, "begin; create table public.pg_attver_there (n int)")
	there := storytest.Value[bool](m, conn, "select coalesce(bool_or(attoptions::text like '%pg_attver%'), false) from "+
		"pg_attribute where attrelid = 'public.pg_attver_there'::regclass")
	storytest.MustExec(m, conn, "rollback")
	return there
}

// settings are hostile defaults, each alone and all together: of the source's database while it is
// dumped, of the login role while it is restored, of the whole server throughout.
func (m *matrix) settings() (plans []*plan) {
	for _, in := range m.all {
		var all []string
		for _, s := range contrarySettings {
			if s.isKnown(in.version.Major) {
				all = append(all, s.name+" = "+s.value)
			}
		}
		all = append(all, "session_replication_role = 'replica'", "default_table_access_method = 'heap'",
			"default_text_search_config = 'pg_catalog.german'")
		add := func(name string, onSource, onTarget []string, inSubset bool) {
			p := defaultPlan("settings", in, in)
			p.Setting, p.onSource, p.onTarget, p.inSubset = name, onSource, onTarget, inSubset
			plans = append(plans, p)
		}
		for _, s := range all {
			add("source: "+s, []string{s}, nil, false)
			add("target: "+s, nil, []string{s}, false)
		}
		isEdge := in == m.all[0] || in == m.all[len(m.all)-1]
		add("source: all of these", all, nil, isEdge)
		add("target: all of these", nil, all, isEdge)
		add("both: all of these", all, all, false)
		add("server: all of these but transaction_timeout", nil, nil, false)
		plans[len(plans)-1].onServer = true
	}
	return plans
}

// encodings go from UTF8 to each encoding and provider, back, and from each to itself.
func (m *matrix) encodings() (plans []*plan) {
	for _, in := range m.all {
		isNewest := in == m.all[len(m.all)-1]
		for _, l := range locales[1:] {
			if in.version.Major < l.since {
				continue
			}
			for _, way := range [][2]locale{{plainUTF8, l}, {l, plainUTF8}, {l, l}} {
				for _, workload := range []string{"lifecycle", "text"} {
					p := defaultPlan("encodings", in, in)
					p.sourceIs, p.targetIs, p.Workload = way[0], way[1], workload
					// not every machine has that one of libc
					p.inSubset = isNewest && workload == "lifecycle" && way[0] == plainUTF8 && l.like.Ctype == ""
					if workload == "text" && way[0].like.Encoding != "" {
						continue // this text cannot be written there in the first place
					}
					switch {
					case workload == "text" && way[1].like.Encoding == "LATIN1":
						p.refusal = noLatin1
					case way[0] == l && way[1] == l && p.isASCII():
						p.Note = "invariant/tables is compared with the source, not with the golden: in SQL_ASCII rows are hashed in " +
							"another way"
					case p.isASCII():
						p.refusal = otherDigest
					}
					plans = append(plans, p)
				}
			}
		}
	}
	return plans
}

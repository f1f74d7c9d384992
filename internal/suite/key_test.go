package suite_test

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"pgroundtrip/internal/cluster"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/suite"
	"pgroundtrip/sql"
)

// digits are those of a key, which must not appear in any output.
const digits = "00112233445566778899aabbccddeeff0123456789abcdef0011223344556677"

func key(t testing.TB, text string) *suite.Key {
	t.Helper()
	k, err := suite.ParseKey([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func TestParseKey(t *testing.T) {
	want := key(t, digits).Fingerprint()
	for _, text := range []string{digits + "\n", " " + strings.ToUpper(digits) + "\r\n"} {
		if got := key(t, text).Fingerprint(); got != want {
			t.Errorf("%q has the fingerprint %s, want %s", text, got, want)
		}
	}
	if other := key(t, "f"+digits[1:]).Fingerprint(); other == want || len(other) != 64 {
		t.Errorf("another key has the fingerprint %q", other)
	}
	for _, text := range []string{"", "\n", digits[:62], digits + "00", "x" + digits[1:], digits + "\n" + digits,
		"a password"} {
		_, err := suite.ParseKey([]byte(text))
		if err == nil {
			t.Errorf("%q was taken", text)
		}
		if err != nil && text != "" && text != "\n" && strings.Contains(err.Error(), text) {
			t.Errorf("the error repeats the key: %v", err)
		}
	}
	if shown := fmt.Sprintf("%v %+v %s", key(t, digits), struct{ Key *suite.Key }{key(t, digits)}, key(t, digits)); strings.Contains(shown, digits) {
		t.Errorf("a key is printed: %s", shown)
	}
}

func TestWithKeyNeedsAQueryThatReadsIt(t *testing.T) {
	if _, err := open(t, "invariant/a.sql", "select 1 order by 1").WithKey(key(t, digits)); !errors.Is(err, suite.ErrInvalid) {
		t.Errorf("%v, want ErrInvalid", err)
	}
	s, err := pgtest.DefaultSuite(t).WithKey(key(t, digits))
	if err != nil {
		t.Fatal(err)
	}
	only := s.Only(func(string) bool { return true })
	for name, keyed := range map[string]*suite.Suite{"Only": only, "WithInvariants": only.WithInvariants(s)} {
		if keyed.KeySHA256() != key(t, digits).Fingerprint() ||
			keyed.File("invariant/tables").KeySHA256() != keyed.KeySHA256() {
			t.Errorf("%s loses the key", name)
		}
	}
	if got := s.File("invariant/tables").Without([]string{"a.b"}).KeySHA256(); got != s.KeySHA256() {
		t.Errorf("Without loses the key: %q", got)
	}
	if s.File("invariant/views").KeySHA256() != "" || pgtest.DefaultSuite(t).KeySHA256() != "" {
		t.Error("what does not read a key has one")
	}
}

// digestsOf returns what tables.sql and materialized_views.sql print under a key; "" means no key.
func digestsOf(t testing.TB, conn *pgx.Conn, s *suite.Suite, digits string) string {
	t.Helper()
	var err error
	if digits != "" {
		if s, err = s.WithKey(key(t, digits)); err != nil {
			t.Fatal(err)
		}
	}
	var b bytes.Buffer
	for _, name := range []string{"invariant/tables", "invariant/materialized_views"} {
		if _, err := suite.Copy(context.Background(), conn.PgConn(), s.File(name), &b); err != nil {
			t.Fatal(err)
		}
	}
	return b.String()
}

// Sums of hashes can be made to collide, so no file may have them without a key.
func TestWhatSumsHashesReadsTheKey(t *testing.T) {
	for _, f := range pgtest.DefaultSuite(t).Queries() {
		sums := strings.Contains(f.Text, "sum(") && strings.Contains(f.Text, "::bit(256)")
		if sums != f.About.Keyed {
			t.Errorf("%s sums hashes: %t, reads pgroundtrip.key: %t", f.Path, sums, f.About.Keyed)
		}
	}
	conn := connect(t)
	run(t, conn, file(t, "workload/a", "select lo_from_bytea(0, 'a')"))
	var of [3]bytes.Buffer
	for i, digits := range []string{"", digits, "f" + digits[1:]} {
		s, err := pgtest.DefaultSuite(t), error(nil)
		if digits != "" {
			s, err = s.WithKey(key(t, digits))
		}
		if err == nil {
			_, err = suite.Copy(context.Background(), conn.PgConn(), s.File("invariant/large_objects"), &of[i])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if of[0].String() == of[1].String() || of[1].String() == of[2].String() {
		t.Errorf("large objects have one digest under each key:\n%s\n%s\n%s", &of[0], &of[1], &of[2])
	}
}

func TestKeyedDigests(t *testing.T) {
	conn := connect(t)
	run(t, conn, file(t, "workload/a", `create table public.a (x int); insert into public.a select generate_series(1, 3);
		create table public.b (x int); insert into public.b select x from public.a; create materialized view public.c as table public.a`))
	plain, keyed, other := digestsOf(t, conn, pgtest.DefaultSuite(t), ""), digestsOf(t, conn, pgtest.DefaultSuite(t),
		digits), digestsOf(t, conn, pgtest.DefaultSuite(t), "f"+digits[1:])
	if plain == keyed || keyed == other || plain == other {
		t.Errorf("digests do not depend on the key:\n%s\n%s\n%s", plain, keyed, other)
	}
	if again := digestsOf(t, conn, pgtest.DefaultSuite(t), digits); again != keyed {
		t.Errorf("the same key and rows give\n%s and\n%s", keyed, again)
	}
	for _, text := range []string{plain, keyed, other} {
		digests := map[string]bool{}
		for line := range strings.Lines(text) {
			fields := strings.Split(strings.TrimSpace(line), "\t")
			digests[fields[len(fields)-1]] = true
		}
		if len(digests) != 1 {
			t.Errorf("equal tables and views have other digests:\n%s", text)
		}
	}
	if left := copied(t, conn, "select current_setting('pgroundtrip.key') order by 1"); left != "\n" {
		t.Errorf("the key stays in the session: %q", left)
	}
	// The default of a database must not be used as a key.
	if _, err := conn.Exec(context.Background(), "set pgroundtrip.key = '"+digits+"'"); err != nil {
		t.Fatal(err)
	}
	if got := digestsOf(t, conn, pgtest.DefaultSuite(t), ""); got != plain {
		t.Errorf("a setting that was there is taken for the key:\n%s\n%s", got, plain)
	}
}

// rowHash returns the SHA-256 of a row of one text column as tables.sql hashes it: of the output of record_send.
func rowHash(text string) [32]byte {
	var b []byte
	for _, n := range []uint32{1, 25, uint32(len(text))} { // columns, OID of the type, length
		b = binary.BigEndian.AppendUint32(b, n)
	}
	return sha256.Sum256(append(b, text...))
}

// sumBits is the width to which the collision test truncates the sums. Finding two rows of equal hashes at that width
// takes 2^24 hashes; two pairs of equal sums take 2^18, by the generalized birthday attack. At the full width of 4
// times 64 bits the same method works in principle, with some hundreds of rows.
const sumBits = 48

// collision finds two pairs of texts whose hashes have the same sum at that width.
func collision(t *testing.T) (one, other [2]string) {
	t.Helper()
	type row struct {
		text string
		hash uint64
	}
	rows := make([]row, 1<<18)
	for i := range rows {
		text := fmt.Sprintf("row %d", i)
		hash := rowHash(text)
		rows[i] = row{text, binary.BigEndian.Uint64(hash[:8]) >> (64 - sumBits)}
	}
	slices.SortFunc(rows, func(a, b row) int { return cmp.Compare(a.hash, b.hash) })
	seen := map[uint64][2]string{} // small differences between hashes, and the texts that they are between
	for i := range rows {
		for j := i + 1; j < min(i+8, len(rows)); j++ {
			difference := rows[j].hash - rows[i].hash
			was, isThere := seen[difference]
			if isThere && was[0] != rows[i].text && was[1] != rows[j].text && was[0] != rows[j].text && was[1] != rows[i].text {
				return [2]string{was[1], rows[i].text}, [2]string{was[0], rows[j].text}
			}
			seen[difference] = [2]string{rows[i].text, rows[j].text}
		}
	}
	t.Fatal("no collision was found")
	return one, other
}

// narrow returns the default suite with the sums of tables.sql truncated to sumBits.
func narrow(t *testing.T) *suite.Suite {
	t.Helper()
	files := fstest.MapFS{}
	for _, name := range []string{"invariant/tables.sql", "invariant/materialized_views.sql"} {
		text, err := sql.Files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		cut := strings.NewReplacer("(h, 1, 64)", fmt.Sprintf("(h, 1, %d)", sumBits), "(h, 65, 64)::int8", "('0', 1)::int8",
			"(h, 129, 64)::int8", "('0', 1)::int8", "(h, 193, 64)::int8", "('0', 1)::int8").Replace(string(text))
		files[name] = &fstest.MapFile{Data: []byte(cut)}
	}
	s, err := suite.Open(files, "narrow")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestCollision shows the purpose of the key: an attacker who chooses rows can give two tables the same plain digest
// (here at a small width), but not without knowing the key.
func TestCollision(t *testing.T) {
	one, other := collision(t)
	conn, s := connect(t), narrow(t)
	run(t, conn, file(t, "workload/a", "create table public.t (v text)"))
	under := func(rows [2]string, s *suite.Suite, digits string) string {
		run(t, conn, file(t, "workload/a", fmt.Sprintf("delete from public.t; insert into public.t values ('%s'), ('%s')",
			rows[0], rows[1])))
		return digestsOf(t, conn, s, digits)
	}
	if a, b := under(one, s, ""), under(other, s, ""); a != b {
		t.Fatalf("%q and %q should collide at %d bits:\n%s%s", one, other, sumBits, a, b)
	}
	if a, b := under(one, s, digits), under(other, s, digits); a == b {
		t.Errorf("%q and %q collide under a key too: %s", one, other, a)
	}
	if a, b := under(one, pgtest.DefaultSuite(t), ""), under(other, pgtest.DefaultSuite(t), ""); a == b {
		t.Errorf("%q and %q collide at the full width: %s", one, other, a)
	}
}

// TestKeyStaysOutOfTheServersLog makes the server log everything it can.
func TestKeyStaysOutOfTheServersLog(t *testing.T) {
	server := pgtest.Under(t, "", cluster.Options{Settings: map[string]string{
		"logging_collector": "on", "log_statement": "all", "log_min_duration_statement": "0", "log_min_messages": "debug1",
		"log_parameter_max_length": "-1", "log_parameter_max_length_on_error": "-1", "log_connections": "on", "log_min_error_statement": "debug1",
		"shared_preload_libraries": "auto_explain", "auto_explain.log_min_duration": "0", "auto_explain.log_nested_statements": "on", "auto_explain.log_verbose": "on"}})
	conn := pgtest.Connect(t, pgtest.Scratch(t, server))
	run(t, conn, pgtest.DefaultSuite(t).File("session"))
	digestsOf(t, conn, pgtest.DefaultSuite(t), digits)
	s, err := open(t, "invariant/fails.sql",
		"select 1 / (length(current_setting('pgroundtrip.key')) - 64) order by 1").WithKey(key(t, digits))
	if err != nil {
		t.Fatal(err)
	}
	_, failed := suite.Copy(context.Background(), conn.PgConn(), s.File("invariant/fails"), &bytes.Buffer{})
	if failed == nil || !strings.Contains(failed.Error(), "division by zero") || strings.Contains(failed.Error(), digits) {
		t.Errorf("the error is %v", failed)
	}
	var log string // the log collector writes it after a while
	for end := time.Now().Add(20 * time.Second); !strings.Contains(log, "division by zero") &&
		time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
		if err := conn.QueryRow(context.Background(), "select coalesce(pg_read_file(pg_current_logfile()), '')").Scan(&log); err != nil {
			t.Fatal(err)
		}
	}
	if !strings.Contains(log, "set_config") || !strings.Contains(log, "division by zero") {
		t.Errorf("the log does not hold what was done:\n%.2000s", log)
	}
	if strings.Contains(log, digits) {
		t.Error("the log holds the key")
	}
}

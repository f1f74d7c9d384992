package merkle_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/transparency-dev/merkle/rfc6962"

	"pgroundtrip/internal/merkle"
)

// rows returns the row hashes of a chain.
func rows(n int) (all []string) {
	for i := range n {
		all = append(all, fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, "row ", i))))
	}
	return all
}

// mth is the Merkle tree hash as RFC 6962, 2.1, defines it.
func mth(all []string) []byte {
	h := rfc6962.DefaultHasher
	switch len(all) {
	case 0:
		return h.EmptyRoot()
	case 1:
		leaf, _ := hex.DecodeString(all[0])
		return h.HashLeaf(leaf)
	}
	k := 1
	for 2*k < len(all) {
		k *= 2
	}
	return h.HashChildren(mth(all[:k]), mth(all[k:]))
}

// planted returns the tree over rows that are read in ranges of random length, some of them by an interrupted run.
func planted(t *testing.T, all []string, proofs ...*merkle.Proof) *merkle.Tree {
	t.Helper()
	trees := []*merkle.Tree{}
	for first := 0; first < len(all) || len(trees) == 0; {
		tree := merkle.New(int64(first), proofs...)
		end := min(len(all), first+rand.IntN(10))
		for _, row := range all[first:end] {
			if err := tree.Add([]byte(row)); err != nil {
				t.Fatal(err)
			}
		}
		if len(proofs) == 0 && rand.IntN(2) == 0 {
			tree = reread(t, tree)
		}
		trees, first = append(trees, tree), end
	}
	tree, err := merkle.Join(trees)
	if err != nil {
		t.Fatal(err)
	}
	return tree
}

func reread(t *testing.T, tree *merkle.Tree) *merkle.Tree {
	t.Helper()
	data, err := json.Marshal(tree)
	again := &merkle.Tree{}
	if err == nil {
		err = json.Unmarshal(data, again)
	}
	if err != nil {
		t.Fatal(err)
	}
	return again
}

func root(t *testing.T, tree *merkle.Tree) string {
	t.Helper()
	r, err := tree.Root()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRootIsThatOfRFC6962(t *testing.T) {
	for n := range 130 {
		all := rows(n)
		tree := planted(t, all)
		if got, want := root(t, tree), hex.EncodeToString(mth(all)); got != want || tree.End() != int64(n) {
			t.Errorf("the root of %d rows is %s, want %s", n, got, want)
		}
		if n > 0 && tree.Last() != all[n-1] {
			t.Errorf("the last of %d rows is %s, want %s", n, tree.Last(), all[n-1])
		}
	}
}

func TestInclusion(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 8, 33, 100} {
		all := rows(n)
		for position := range n {
			p, err := merkle.Inclusion(int64(position), int64(n))
			if err != nil {
				t.Fatal(err)
			}
			tree := planted(t, all, p)
			hashes, err := tree.Hashes(p)
			if err != nil {
				t.Fatal(err)
			}
			includes := func(at int, row string) error {
				return merkle.Includes(int64(at), int64(n), hashes, row, root(t, tree))
			}
			if err := includes(position, all[position]); err != nil {
				t.Errorf("row %d of %d: %v", position, n, err)
			}
			if includes(position, rows(n + 1)[n]) == nil || n > 1 && includes((position+1)%n, all[position]) == nil {
				t.Errorf("row %d of %d: another row, or another place, is proven too", position, n)
			}
		}
	}
	if _, err := merkle.Inclusion(5, 5); err == nil {
		t.Error("a row after the last one can be proven")
	}
}

func TestConsistency(t *testing.T) {
	for n := range 40 {
		all := rows(n)
		for from := range n + 1 {
			p, err := merkle.Consistency(int64(from), int64(n))
			if err != nil {
				t.Fatal(err)
			}
			tree := planted(t, all, p)
			hashes, err := tree.Hashes(p)
			if err != nil {
				t.Fatal(err)
			}
			was := root(t, planted(t, all[:from]))
			if err := merkle.Extends(int64(from), int64(n), hashes, was, root(t, tree)); err != nil {
				t.Errorf("%d rows after %d: %v", n, from, err)
			}
			if from == 0 {
				continue
			}
			other := slices.Clone(all[:from])
			other[rand.IntN(from)] = rows(n + 1)[n]
			if merkle.Extends(int64(from), int64(n), hashes, root(t, planted(t, other)), root(t, tree)) == nil {
				t.Errorf("%d rows after %d others are proven", n, from)
			}
		}
	}
	if _, err := merkle.Consistency(6, 5); err == nil {
		t.Error("a tree can begin with a larger one")
	}
}

// runScript runs testdata/audit/check_tree.py once for each list of arguments, without its assertions if it had any,
// and returns what each run says.
func runScript(t *testing.T, lists [][]string) (said []string) {
	t.Helper()
	const all = `import json, runpy, sys
for sys.argv in json.load(sys.stdin):
    try: runpy.run_path(sys.argv[0])
    except (SystemExit, Exception) as e: print(str(e) or "nothing")`
	for i, args := range lists {
		lists[i] = append([]string{"../../testdata/audit/check_tree.py"}, args...)
	}
	in, err := json.Marshal(lists)
	if err != nil {
		t.Fatal(err)
	}
	python := exec.Command("python3", "-O", "-c", all)
	python.Stdin = strings.NewReader(string(in))
	out, err := python.CombinedOutput()
	if said = strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"); err != nil || len(said) != len(lists) {
		t.Fatalf("%v: %s", err, out)
	}
	return said
}

// TestTheAuditorsScript: testdata/audit/check_tree.py, which lets an auditor check without this program, takes each
// genuine proof and no other one.
func TestTheAuditorsScript(t *testing.T) {
	dir := t.TempDir()
	files := 0
	write := func(text string) string {
		files++
		path := filepath.Join(dir, fmt.Sprint(files))
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	statement := func(rows int, root string) string {
		return write(fmt.Sprintf("chain-rows %d\nchain-tree-root %s\n", rows, root))
	}
	var names []string
	var lists [][]string
	for at := range 8 { // the only row, and each of seven
		n, i := max(1, min(at*7, 7)), max(0, at-1)
		all := rows(n)
		whole := root(t, planted(t, all))
		now := statement(n, whole)
		in, errIn := merkle.Inclusion(int64(i), int64(n))
		after, errAfter := merkle.Consistency(int64(i+1), int64(n))
		tree := planted(t, all, in, after)
		hashes, errHashes := tree.Hashes(in)
		more, errMore := tree.Hashes(after)
		if err := errors.Join(errIn, errAfter, errHashes, errMore); err != nil {
			t.Fatal(err)
		}
		check := func(name string, position int, hashes, more [][]byte, args ...string) {
			data, err := json.Marshal(map[string]any{"row_count": n, "tree_root": whole,
				"inclusion":   map[string]any{"position": position, "row_hash": all[i], "hashes": hashes},
				"consistency": map[string]any{"hashes": more}})
			if err != nil {
				t.Fatal(err)
			}
			names, lists = append(names, name), append(lists, append([]string{write(string(data))}, args...))
		}
		old, row := statement(i+1, root(t, planted(t, all[:i+1]))), write(fmt.Sprint("row ", i))
		check("", i, hashes, more, now)
		check("", i, hashes, more, now, row)
		check("", i, hashes, more, now, "-e", old)
		if i != 4 {
			continue
		}
		check("another row", i, hashes, more, now, write("row 5"))
		check("another place", 5, hashes, more, now, row)
		check("a place beyond the end", n, hashes, more, now, row)
		check("a place before the start", -1, hashes, more, now, row)
		check("another hash", i, slices.Concat(hashes[:1], hashes[:1], hashes[2:]), more, now, row)
		check("a hash too few", i, hashes[:len(hashes)-1], more, now, row)
		check("no hash", i, nil, nil, now, row)
		check("a hash too many", i, append(hashes, hashes[0]), more, now, row)
		check("another tree", i, hashes, more, statement(n, all[0]), row)
		check("another length", i, hashes, more, statement(n+1, whole), row)
		check("another earlier chain", i, hashes, more, now, "-e", statement(i+1, all[0]))
		check("a shorter earlier chain", i, hashes, more, now, "-e", statement(i, root(t, planted(t, all[:i]))))
		check("a longer earlier chain", i, hashes, more, now, "-e", statement(n+1, whole))
		check("no earlier chain", i, hashes, more, now, "-e", statement(0, root(t, planted(t, nil))))
		check("a hash too few, extends", i, hashes, more[:len(more)-1], now, "-e", old)
		check("no hash, extends", i, hashes, [][]byte{}, now, "-e", old)
		check("a hash too many, extends", i, hashes, append(more, more[0]), now, "-e", old)
	}
	for i, said := range runScript(t, lists) {
		isGenuine, isRefused := names[i] == "", strings.HasPrefix(said, "NOT PROVEN: ") || names[i] == "no hash"
		if isGenuine != (said == "OK") || !isGenuine && !isRefused {
			t.Errorf("%q %v: %s", names[i], lists[i], said)
		}
	}
}

func TestAddRefusesWhatIsNoHash(t *testing.T) {
	hash := strings.Repeat("0", 64)
	for _, row := range []string{"|", `\N`, hash[1:], hash + "00", strings.Repeat("x", 64), hash + hash, "|" + hash} {
		if err := merkle.New(7).Add([]byte(row)); err == nil || !strings.Contains(err.Error(), "position 7") {
			t.Errorf("%q: %v", row, err)
		}
	}
	many := strings.Join(slices.Repeat([]string{hash}, 2048), "|")
	for at, damaged := range map[int]string{
		0: "x" + many[1:], 1: many[:129] + "0" + many[130:], 1024: many[:1024*65] + "x" + many[1024*65+1:],
		1023: many[:1024*65-1] + "0" + many[1024*65:], 2048: many + "|", 2049: many + "|" + hash + "|" + hash[1:],
	} {
		if err := merkle.New(0).Add([]byte(damaged)); err == nil ||
			!strings.Contains(err.Error(), fmt.Sprintf("position %d ", at)) {
			t.Errorf("damage at %d: %v", at, err)
		}
	}
}

// TestRowsThatComeTogetherMakeTheSameTree adds whole subtrees at once, also if a proof needs a node in one of them,
// or its root.
func TestRowsThatComeTogetherMakeTheSameTree(t *testing.T) {
	all := rows(5000)
	for _, first := range []int{0, 1, 1000, 1024, 1025} {
		for _, position := range []int64{-1, 0, 1500, 2048, 4999} {
			var proofs []*merkle.Proof
			if position >= 0 {
				p, err := merkle.Inclusion(position, int64(len(all)))
				if err != nil {
					t.Fatal(err)
				}
				proofs = append(proofs, p)
			}
			trees := []*merkle.Tree{merkle.New(0, proofs...), merkle.New(int64(first), proofs...)}
			for i, part := range [][]string{all[:first], all[first:]} {
				if err := trees[i].Add([]byte(strings.Join(part, "|"))); err != nil {
					t.Fatal(err)
				}
			}
			tree, err := merkle.Join(trees)
			if err != nil {
				t.Fatal(err)
			}
			if root, err := tree.Root(); err != nil || root != hex.EncodeToString(mth(all)) || tree.Last() != all[len(all)-1] {
				t.Fatalf("from %d: the root is %s, the last row %s (%v)", first, root, tree.Last(), err)
			}
			for _, p := range proofs {
				hashes, err := tree.Hashes(p)
				if err == nil {
					err = merkle.Includes(position, int64(len(all)), hashes, all[position], hex.EncodeToString(mth(all)))
				}
				if err != nil {
					t.Errorf("from %d, row %d: %v", first, position, err)
				}
			}
		}
	}
}

// TestRegrow: a tree of which only the edge was kept takes more rows, and proves what is about them.
func TestRegrow(t *testing.T) {
	const n = 37
	all := rows(n)
	for m := 1; m <= n; m++ {
		for at := m; at <= n; at++ {
			after, err := merkle.Consistency(int64(at), n)
			proofs := []*merkle.Proof{after}
			if err == nil && at < n {
				var in *merkle.Proof
				in, err = merkle.Inclusion(int64(at), n)
				proofs = append(proofs, in)
			}
			if err != nil {
				t.Fatal(err)
			}
			before, err := merkle.Regrow(int64(m), planted(t, all[:m]).Edge(), all[m-1], proofs...)
			if err != nil {
				t.Fatal(err)
			}
			added := merkle.New(int64(m), proofs...)
			if err := added.Add([]byte(strings.Join(all[m:], "|"))); err != nil {
				t.Fatal(err)
			}
			tree, err := merkle.Join([]*merkle.Tree{before, added})
			if err != nil || root(t, tree) != hex.EncodeToString(mth(all)) || tree.Last() != all[n-1] {
				t.Fatalf("%d rows after %d: %v", n, m, err)
			}
			hashes, err := tree.Hashes(after)
			if err == nil {
				err = merkle.Extends(int64(at), n, hashes, root(t, planted(t, all[:at])), root(t, tree))
			}
			if err == nil && at < n {
				if hashes, err = tree.Hashes(proofs[1]); err == nil {
					err = merkle.Includes(int64(at), n, hashes, all[at], root(t, tree))
				}
			}
			if err != nil {
				t.Errorf("%d rows after %d, proof at %d: %v", n, m, at, err)
			}
		}
	}
	edge := planted(t, all[:7]).Edge()
	for name, err := range map[string]error{
		"too few": fail(merkle.Regrow(7, edge[64:], all[6])), "too many": fail(merkle.Regrow(8, edge, all[6])),
		"half a hash": fail(merkle.Regrow(7, edge[:len(edge)-2], all[6])), "no hash": fail(merkle.Regrow(7, edge, "")),
		"no hex": fail(merkle.Regrow(7, "x"+edge[1:], all[6])), "negative": fail(merkle.Regrow(-7, edge, all[6])),
		"a longer hash": fail(merkle.Regrow(7, edge, all[6]+"00")),
	} {
		if err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func fail(_ *merkle.Tree, err error) error { return err }

func TestJoinRefusesAGap(t *testing.T) {
	if _, err := merkle.Join([]*merkle.Tree{planted(t, rows(3)), merkle.New(4)}); err == nil {
		t.Error("a row is missing between two ranges, and they are joined")
	}
	if err := json.Unmarshal([]byte(`{"first": 0, "end": 3, "hashes": []}`), &merkle.Tree{}); err == nil {
		t.Error("a tree without its nodes is read")
	}
}

func BenchmarkAdd(b *testing.B) {
	text := []byte(strings.Join(rows(100_000), "|"))
	for b.Loop() {
		if err := merkle.New(0).Add(text); err != nil {
			b.Fatal(err)
		}
	}
}

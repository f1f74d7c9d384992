package pgdump

import (
	"fmt"
	"strings"
	"testing"
)

func TestShareDealsOutEveryEntryOnceAndInOrder(t *testing.T) {
	const list = "3; 0 1 TABLE DATA public a b\n4; 0 2 TABLE DATA public ;c b\n9; 0 3 TABLE DATA public a b\n5; 0 4 " +
		"TABLE DATA public c b\n2; 0 5 BLOBS - BLOBS \n"
	for _, tt := range []struct {
		n    int
		want []string // the numbers of the entries of each share
	}{
		{1, []string{"3 4 9 5 2"}},
		{2, []string{"3 9 2", "4 5"}},
		{4, []string{"3 2", "4", "9", "5"}},
		{9, []string{"3", "4", "9", "5", "2"}}, // no share is empty
	} {
		t.Run(fmt.Sprint(tt.n), func(t *testing.T) {
			var got []string
			for _, lines := range share([]byte(list), tt.n) {
				got = append(got, numbersIn(lines))
			}
			if strings.Join(got, "|") != strings.Join(tt.want, "|") {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	t.Run("nothing needs nobody", func(t *testing.T) {
		if got := share(nil, 4); len(got) != 0 {
			t.Errorf("%q", got)
		}
	})
}

func TestEveryEntryIsEitherADefinitionOrData(t *testing.T) {
	const list = "; a comment\n;\n3; 1259 16386 TABLE public a b\n9; 0 16386 TABLE DATA public a b\n10; 0 0 TABLE " +
		"public TABLE DATA b\n" +
		"11; 0 0 BLOBS - BLOBS \n12; 2613 77 BLOB - 77 b\n13; 2613 77 BLOB METADATA - 77 b\n14; 0 0 SEQUENCE SET public s b\n"
	_, definitions, data, err := readContents(strings.NewReader(list), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, side := range []struct{ got, want string }{{numbersIn(definitions), "3 10 12 13 14"},
		{numbersIn(data), "9 11"}} {
		if side.got != side.want {
			t.Errorf("%q, want %q", side.got, side.want)
		}
	}
}

// numbersIn returns the numbers of the entries of a list.
func numbersIn(list []byte) string {
	var numbers []string
	for line := range strings.Lines(string(list)) {
		number, _, _ := strings.Cut(line, ";")
		numbers = append(numbers, number)
	}
	return strings.Join(numbers, " ")
}

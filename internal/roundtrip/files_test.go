//go:build unix

package roundtrip_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"pgroundtrip/internal/record"
	"pgroundtrip/internal/storytest"
	"pgroundtrip/internal/toc"
)

// A header changes the header of a member of a tar file.
type header func(h []byte)

// headed returns a member of a tar file.
func headed(name string, data []byte, changes ...header) []byte {
	h := make([]byte, 512)
	copy(h, name)
	copy(h[100:], "0000600\x000000000\x000000000\x00")
	copy(h[124:], fmt.Sprintf("%011o %011o ", len(data), 1))
	copy(h[156:], "0")
	copy(h[257:], "ustar\x0000")
	for _, change := range changes {
		change(h)
	}
	copy(h[148:], "        ")
	sum := 0
	for _, c := range h {
		sum += int(c)
	}
	copy(h[148:], fmt.Sprintf("%06o\x00 ", sum))
	return append(append(h, data...), make([]byte, -len(data)&511)...)
}

func put(at int, text string) header { return func(h []byte) { copy(h[at:], text) } }

// TestTarFilesAreReadAsPgRestoreReadsThem: pg_restore takes the first member for the table of contents, of whatever
// type, and reads on after the end. What reads a tar file in another way sees another archive than the one that runs.
func TestTarFilesAreReadAsPgRestoreReadsThem(t *testing.T) {
	archive := storytest.ArchiveOf(t, "tar")
	storytest.Remove(t, archive+record.ManifestSuffix)
	whole := storytest.Read(t, archive)
	var size int // of the first member
	if _, err := fmt.Sscanf(string(whole[124:135]), "%o", &size); err != nil {
		t.Fatal(err)
	}
	contents := whole[512 : 512+size]
	rest, end := whole[512+(size+511)/512*512:len(whole)-1024], make([]byte, 1024)
	copied := []byte("COPY public.notes (id, note) FROM stdin;\n")
	evil := append([]byte("ALTER DATABASE x RESET ALL; "), copied...)
	sized := func(text []byte) []byte {
		return append(binary.LittleEndian.AppendUint32([]byte{0}, uint32(len(text))), text...)
	}
	hostile := bytes.Replace(contents, sized(copied), sized(evil), 1)
	if bytes.Equal(hostile, contents) {
		t.Fatal("the table of contents has another form")
	}
	first, gnu := headed("toc.dat", contents), put(257, "ustar  \x00")
	hidden := headed("7.dat", headed("8.dat", []byte("x")))
	for _, tt := range []struct {
		name string
		data [][]byte
		want string // "": it is fine
	}{
		{"as pg_dump writes it", [][]byte{whole}, ""},
		{"as another program writes it", [][]byte{headed("toc.dat", contents, gnu), rest, end, make([]byte, 8192)}, ""},
		{"a hostile table of contents", [][]byte{headed("toc.dat", hostile), rest, end}, ""}, // refused when it is to run
		{"another one that is a link's name", [][]byte{headed("toc.dat", hostile, gnu, put(156, "K")),
			headed("toc.dat", contents, gnu), rest, end}, "the member toc.dat is not a plain file"},
		{"another one that is a file's name", [][]byte{headed("toc.dat", hostile, gnu, put(156, "L")), first, rest, end},
			"the member toc.dat is not a plain file"},
		{"another one that is a comment", [][]byte{headed("toc.dat", hostile, put(156, "g")), first, rest, end},
			"the member toc.dat is not a plain file"},
		{"a name in two parts", [][]byte{headed("toc.dat", contents, put(345, "a")), rest, end}, "toc.dat is not a plain file"},
		{"a link", [][]byte{first, headed("7.dat", nil, put(156, "2"), put(157, "/etc/passwd")), rest, end},
			"the member 7.dat is not a plain file"},
		{"a sparse member", [][]byte{first, headed("7.dat", nil, gnu, put(156, "S")), rest, end}, "7.dat is not a plain file"},
		{"a member elsewhere", [][]byte{first, headed("../7.dat", nil), rest, end}, `a member "../7.dat"`},
		{"a member from the root", [][]byte{first, headed("/7.dat", nil), rest, end}, `a member "/7.dat"`},
		{"a size after a blank", [][]byte{first, headed("7.dat", hidden, put(124, " 0000002000 ")), rest, end},
			"the member 7.dat has no size"},
		{"a size in letters", [][]byte{first, headed("7.dat", nil, put(124, "000000000x0 ")), rest, end}, "7.dat has no size"},
		{"a size less than zero", [][]byte{first, headed("7.dat", nil, put(124, strings.Repeat("\xff", 12))), rest, end},
			"the member 7.dat has no size"},
		{"a size without end", [][]byte{first, headed("7.dat", nil, put(124, "\x80\x00\x00\x00\x7fxxxxxxx")), rest, end},
			"was cut short"},
		{"a size of more than there is", [][]byte{first, headed("7.dat", nil, put(124, "00007777777 ")), rest, end},
			"was cut short"},
		{"a member behind the end", [][]byte{first, end, rest, end}, "there are not just empty blocks at its end"},
		{"without an end", [][]byte{first, rest}, "was cut short"},
		{"half an end", [][]byte{first, rest, end[:512]}, "not just empty blocks"},
		{"an end without end", [][]byte{first, rest, end, make([]byte, 2<<20)}, "not just empty blocks"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			storytest.Write(t, archive, bytes.Join(tt.data, nil))
			requireFiles(t, archive, tt.want)
		})
	}
}

// requireFiles requires that an inspection accepts an archive, or says why not. What pg_restore says comes first, where
// that refuses it too.
func requireFiles(t *testing.T, archive, want string) {
	t.Helper()
	_, err := inspect(archive)
	for _, unreadable := range toc.Entries(archive, "directory") {
		if err != nil && unreadable != nil && strings.Contains(err.Error(), "invalid file name") {
			err = unreadable
		}
	}
	if want == "" && err != nil {
		t.Error(err)
	} else if want != "" && !strings.Contains(fmt.Sprint(err), want) {
		t.Errorf("%v, want %s", err, want)
	}
}

// TestAFolderLeadsNowhereElse: pg_restore opens the files that the table of contents and the list of large objects
// name, and follows links.
func TestAFolderLeadsNowhereElse(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside.dat")
	storytest.Write(t, outside, []byte("1\tsecret\n"))
	replaced := func(make func(path string) error) func(*testing.T, string) {
		return func(t *testing.T, archive string) {
			file := dataFiles(t, archive)[0]
			storytest.Remove(t, file)
			if err := make(strings.TrimSuffix(file, ".gz")); err != nil {
				t.Fatal(err)
			}
		}
	}
	link := func(to string) func(*testing.T, string) {
		return replaced(func(path string) error { return os.Symlink(to, path) })
	}
	named := func(name string) func(*testing.T, string) {
		return func(t *testing.T, archive string) {
			toc := filepath.Join(archive, "toc.dat")
			old := strings.TrimSuffix(filepath.Base(dataFiles(t, archive)[0]), ".gz")
			data := bytes.Replace(storytest.Read(t, toc), []byte(old), []byte(name), 1)
			at := bytes.Index(data, []byte(name))
			binary.LittleEndian.PutUint32(data[at-4:], uint32(len(name)))
			storytest.Write(t, toc, data)
		}
	}
	listed := func(name, text string) func(*testing.T, string) {
		return func(t *testing.T, archive string) { storytest.Write(t, filepath.Join(archive, name), []byte(text)) }
	}
	const notAFile, notWritten = "is not a file, but a link, a pipe or the like", "that pg_dump does not write"
	for _, tt := range []struct {
		name   string
		damage func(t *testing.T, archive string)
		want   string
	}{
		{"a link to a file", link(outside), notAFile},
		{"a link to a device", link("/dev/zero"), notAFile},
		{"a link within", link("toc.dat"), notAFile},
		{"a link to nothing", link("nowhere"), notAFile},
		{"a folder", replaced(func(path string) error { return os.Mkdir(path, 0o755) }), notAFile},
		{"a pipe", replaced(func(path string) error { return syscall.Mkfifo(path, 0o600) }), notAFile},
		{"a pipe with a suffix", replaced(func(path string) error { return syscall.Mkfifo(path+".zst", 0o600) }), notAFile},
		{"rows of a file elsewhere", named("../outside.dat"), notWritten},
		{"rows of any file", named(outside), notWritten},
		{"rows of a hidden file", named(".outside.dat"), notWritten},
		{"a large object of a file elsewhere", listed("blobs.toc", "1 blob_1.dat\n2 ../outside.dat\n"), notWritten},
		{"a large object of any file", listed("blobs_12.toc", "1 "+outside+"\n"), notWritten},
		{"a large object after a blank", listed("blobs.toc", "1  blob_1.dat"), notWritten},
		{"a list that is compressed", listed("blobs.toc.gz", "x"), "is compressed"},
		{"a list that is a line without end", listed("blobs.toc", strings.Repeat("1", 1<<20)), "blobs.toc"},
		{"a list as pg_dump writes it", listed("blobs.toc", "1 blob_1.dat\n4294967295 blob_4294967295.dat\n"), ""},
		{"other files", listed("SHA256SUMS", "x"), ""},
		{"a link that is not opened", func(t *testing.T, archive string) {
			if err := os.Symlink("/dev/zero", filepath.Join(archive, "latest")); err != nil {
				t.Fatal(err)
			}
		}, ""},
		{"a link to the folder", func(t *testing.T, archive string) {
			rename(t, archive, archive+".real")
			if err := os.Symlink(archive+".real", archive); err != nil {
				t.Fatal(err)
			}
		}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			archive := storytest.ArchiveOf(t, "directory")
			storytest.Remove(t, archive+record.ManifestSuffix)
			tt.damage(t, archive)
			requireFiles(t, archive, tt.want)
		})
	}
}

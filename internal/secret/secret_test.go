package secret_test

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"pgroundtrip/internal/secret"
)

func TestRead(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(path, []byte("of a file\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	open := filepath.Join(t.TempDir(), "open")
	if err := os.WriteFile(open, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	mode := "its mode is 0604"
	if runtime.GOOS == "windows" { // which has no such modes
		mode = ""
	} else if err := os.Chmod(open, 0o604); err != nil {
		t.Fatal(err)
	}
	digits := strings.Repeat("0a", 32)
	for _, tt := range []struct{ name, want, wantError string }{
		{path, "of a file\n", ""},
		{"env:SET", "of a variable", ""},
		{"env:UNSET", "", "the variable UNSET is not set"},
		{"env:", "", "the variable  is not set"},
		{path + ".none", "", "no such file"},
		{filepath.Dir(path), "", "it is a folder"},
		{open, "", mode},
		{digits, "", "not be the secret itself"},
		{"env:" + digits, "", "not be the secret itself"},
		{strings.ToUpper(digits)[1:], "", "not be the secret itself"},
	} {
		env := map[string]string{"SET": "of a variable"}
		got, err := secret.Read(tt.name, env)
		if string(got) != tt.want || (err == nil) != (tt.wantError == "") {
			t.Errorf("%s is %q, %v; want %q, %s", tt.name, got, err, tt.want, tt.wantError)
		}
		if err != nil && (!strings.Contains(err.Error(), tt.wantError) ||
			strings.Contains(strings.ToLower(err.Error()), digits[1:])) {
			t.Errorf("%s: %v, want %s", tt.name, err, tt.wantError)
		}
		if _, isLeft := env["SET"]; tt.name == "env:SET" && isLeft {
			t.Error("the variable is still there, for children to see")
		}
	}
}

package report_test

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"pgroundtrip/internal/report"
	"pgroundtrip/internal/verdict"
)

// browser is a Chromium that can run without a screen; "" if none is installed.
func browser() string {
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}

// pages are the documents that are shown, as HTML.
func pages(t *testing.T) map[string]string {
	t.Helper()
	many := documents()["restore_fail"]
	for i := range 30 {
		many.Workloads[0].Checks[3].Changes.First = append(many.Workloads[0].Checks[3].Changes.First,
			verdict.Change{Kind: "changed", Key: fmt.Sprintf("id=%d", i), Columns: []string{"note"}, Old: []string{"a"},
				New: []string{strings.Repeat("long", 40)}})
	}
	long := documents()["restore_pass"]
	long.Archive, long.Source = strings.Repeat("/a/very/long/path", 20), nil
	emoji := documents()["restore_pass"]
	emoji.Workloads[0].Workload = strings.Repeat("🐘", 15) + "abc"
	all := map[string]string{}
	for name, d := range map[string]*report.Document{"pass": documents()["restore_pass"], "fail": many,
		"error":   documents()["check_without_a_server"],
		"hostile": malicious(), "long names": long, "emoji": emoji} {
		all[name] = written(t, sourced(d), ".html", "")
	}
	return all
}

// shown is what a browser makes of a page.
type shown struct {
	Name, Kind string
	Overflow   int    // how much wider the page is than its window
	Text       string // as a reader sees it
	Scripts    int
	Drawings   int // that have a size
}

// frames is a page that shows pages in windows 1280 and 400 wide, and once more without any style, and prints what it
// sees. The policy is the one under which Jenkins serves a report, but for the script that looks.
func frames(pages map[string]string) string {
	const policy = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src 'self'; style-src 'self'">`
	var b strings.Builder
	b.WriteString("<!DOCTYPE html><meta charset=utf-8><body>\n")
	for name, page := range pages {
		for _, frame := range []struct {
			kind, page string
			width      int
		}{{"wide", page, 1280}, {"narrow", page, 400}, {"without styles", strings.Replace(page, "<head>", "<head>"+policy, 1),
			1280}} {
			fmt.Fprintf(&b, "<iframe data-name=%q data-kind=%q width=%d height=900 srcdoc=\"%s\"></iframe>\n", name, frame.kind,
				frame.width, html.EscapeString(frame.page))
		}
	}
	b.WriteString(`<script>onload = () => {
		const all = [...document.querySelectorAll("iframe")].map(f => {
			const d = f.contentDocument;
			return {Name: f.dataset.name, Kind: f.dataset.kind, Overflow: d.documentElement.scrollWidth - d.documentElement.clientWidth,
				Text: d.body.innerText, Scripts: d.scripts.length, Drawings: [...d.querySelectorAll("rect")].filter(r => r.getBoundingClientRect().width > 0).length};
		});
		const out = document.createElement("pre"); out.id = "out"; out.textContent = JSON.stringify(all);
		document.body.replaceChildren(out);
	}</script>`)
	return b.String()
}

// TestPagesInABrowser runs where a Chromium is installed.
func TestPagesInABrowser(t *testing.T) {
	program := browser()
	if program == "" {
		report := t.Log
		if os.Getenv("PGROUNDTRIP_TEST_ALL") != "" { // then it is promised
			report = t.Error
		}
		report("NOT COVERED: how a browser shows the pages (no chromium)")
		return
	}
	all, dir := pages(t), t.TempDir()
	if keep := os.Getenv("PGROUNDTRIP_TEST_SCREENSHOTS"); keep != "" {
		screenshots(t, program, keep, all)
	}
	path := filepath.Join(dir, "frames.html")
	if err := os.WriteFile(path, []byte(frames(all)), 0o600); err != nil {
		t.Fatal(err)
	}
	out := browse(t, program, "--dump-dom", "file://"+path)
	found := regexp.MustCompile(`(?s)<pre id="out">(.*)</pre>`).FindStringSubmatch(out)
	var seen []shown
	if found == nil {
		t.Fatalf("the browser printed\n%.2000s", out)
	} else if err := json.Unmarshal([]byte(html.UnescapeString(found[1])), &seen); err != nil || len(seen) != 3*len(all) {
		t.Fatalf("%d pages: %v", len(seen), err)
	}
	for _, s := range seen {
		if s.Overflow > 0 && s.Kind != "without styles" || s.Scripts > 0 {
			t.Errorf("%s, %s: %d pixels too wide, %d scripts", s.Name, s.Kind, s.Overflow, s.Scripts)
		}
		for _, text := range map[string][]string{"pass": {"PASS: ", "Recovery time of past runs", "45.50 s", "Not covered"},
			"fail":  {"FAIL: ", "id=29", "→ longlong"},
			"error": {"ERROR: ", "What to do: "}, "hostile": {`<script>alert("1")</script>`,
				"שלום"}, "emoji": {strings.Repeat("🐘", 15) + "abc"}}[s.Name] {
			if !strings.Contains(s.Text, text) {
				t.Errorf("%s, %s: %q is not shown:\n%s", s.Name, s.Kind, text, s.Text)
			}
		}
		if s.Name == "pass" && s.Drawings < 6 { // of phases and of past runs
			t.Errorf("%s, %s: %d bars are drawn", s.Name, s.Kind, s.Drawings)
		}
	}
	if !slices.ContainsFunc(seen, func(s shown) bool { return s.Name == "hostile" }) {
		t.Error("the hostile page was not shown")
	}
}

// browse runs a browser to its end, and returns what it prints.
func browse(t *testing.T, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	args = append([]string{"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
		"--user-data-dir=" + t.TempDir()}, args...)
	out, err := exec.CommandContext(ctx, program, args...).Output()
	if err != nil {
		t.Fatalf("%s: %v", program, err)
	}
	return string(out)
}

// screenshots keeps pictures of the pages in a folder, for people to look at.
func screenshots(t *testing.T, program, folder string, pages map[string]string) {
	t.Helper()
	for name, page := range pages {
		path := filepath.Join(t.TempDir(), "page.html")
		if err := os.WriteFile(path, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, width := range []int{1280, 400} {
			browse(t, program, fmt.Sprintf("--window-size=%d,1600", width),
				"--screenshot="+filepath.Join(folder, fmt.Sprintf("%s-%d.png", name, width)), "file://"+path)
		}
	}
}

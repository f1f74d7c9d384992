package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/jstemmer/go-junit-report/v2/junit"

	"pgroundtrip/internal/hint"
	"pgroundtrip/internal/plain"
	"pgroundtrip/internal/verdict"
)

// writeJUnit writes the document as JUnit XML, which GitLab, Jenkins and GitHub actions read: one suite per database or
// workload, one case per check and per item that was not covered.
func (d *Document) writeJUnit(w io.Writer) error {
	all := &junit.Testsuites{Name: "pgroundtrip " + d.Command}
	cases := &caseNames{taken: map[string]bool{}}
	total := 0.0
	for _, workload := range d.Workloads {
		name := workload.Workload
		if d.Source != nil && d.Source.Database != "" && len(d.Workloads) == 1 {
			name = d.Source.Database // the outcome of a restore has the name of the archive
		}
		suite := d.suite(name, workload.Seconds(), len(all.Suites))
		total += workload.Seconds()
		for _, p := range workload.Phases {
			suite.AddProperty("seconds of "+plain.Text(p.Name), fmt.Sprintf("%.3f", p.Seconds))
		}
		for _, c := range workload.Checks {
			result, err := checkResult(c)
			if err != nil {
				return err
			}
			suite.AddTestcase(cases.add(d, name, c.Name, result))
		}
		if failure := workload.Failure(); failure != nil {
			suite.AddTestcase(cases.add(d, name, "run", errorResult(failure)))
		}
		if len(d.Workloads) == 1 {
			d.addSkipped(&suite, cases, name)
		}
		all.AddSuite(suite)
	}
	if len(d.Workloads) != 1 && (d.Error != nil || len(d.NotCovered) > 0) || d.Error != nil {
		suite := d.suite(d.Command, 0, len(all.Suites))
		if d.Error != nil {
			suite.AddTestcase(cases.add(d, "run", d.Command, errorResult(d.Error)))
		}
		if len(d.Workloads) != 1 {
			d.addSkipped(&suite, cases, "suite")
		}
		all.AddSuite(suite)
	}
	all.Time = fmt.Sprintf("%.3f", total)
	all.Skipped = 0 // the schema allows it only in a suite
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	if err := all.WriteXML(&b); err != nil {
		return err
	}
	return plain.Emit(w, b.String())
}

func (d *Document) suite(name string, seconds float64, id int) junit.Testsuite {
	suite := junit.Testsuite{Name: plain.Text(name), ID: id, Time: fmt.Sprintf("%.3f", seconds)}
	if !d.Time.IsZero() {
		suite.Timestamp = d.Time.Format(time.RFC3339)
	}
	return suite
}

// addSkipped adds a skipped case for each item that was not covered.
func (d *Document) addSkipped(suite *junit.Testsuite, cases *caseNames, database string) {
	for _, what := range d.NotCovered {
		suite.AddTestcase(cases.add(d, database, "not covered: "+what,
			junit.Testcase{Skipped: &junit.Result{Message: "not covered: " + plain.Text(what)}}))
	}
}

// checkResult returns the case of a check: a difference is a failure, "could not tell" an error.
func checkResult(c verdict.Check) (junit.Testcase, error) {
	text, err := render("findings", 0, c)
	result := &junit.Result{Message: plain.Text(c.Detail), Type: plain.Text(c.Class), Data: text}
	switch c.Verdict {
	case verdict.Pass:
		return junit.Testcase{}, err
	case verdict.Fail:
		return junit.Testcase{Failure: result}, err
	}
	return junit.Testcase{Error: result}, err
}

func errorResult(f *hint.Failure) junit.Testcase {
	text := plain.Lines(f.Message)
	if f.Hint != "" {
		text += "\nhint: " + plain.Text(f.Hint)
	}
	return junit.Testcase{Error: &junit.Result{Message: plain.Text(f.Message), Data: text}}
}

// caseNames keeps the classname and name of each case unique, because readers merge cases of the same name.
type caseNames struct{ taken map[string]bool }

func (n *caseNames) add(d *Document, database, name string, c junit.Testcase) junit.Testcase {
	c.Classname, c.Name = plain.Text("pgroundtrip."+d.Command+"."+database), plain.Text(name)
	for i := 2; n.taken[c.Classname+"\n"+c.Name]; i++ {
		c.Name = fmt.Sprintf("%s (%d)", plain.Text(name), i)
	}
	n.taken[c.Classname+"\n"+c.Name] = true
	return c
}

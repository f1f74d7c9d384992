// Package phase times the phases of a command.
package phase

import (
	"context"
	"fmt"
	"time"

	"pgroundtrip/internal/verdict"
)

// Do runs one phase of a command and adds its duration to the report. It first calls onPhase, which may be nil, with
// the name. An error is wrapped with the name.
func Do(report *verdict.Report, name string, onPhase func(string), do func() error) error {
	if onPhase != nil {
		onPhase(name)
	}
	start := time.Now()
	err := do()
	report.Phases = append(report.Phases, verdict.Phase{Name: name, Seconds: time.Since(start).Seconds()})
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// A Part is a phase for Each.
type Part struct {
	Name string
	Do   func(context.Context) error
}

// Each runs phases one after the other, until one fails.
func Each(ctx context.Context, report *verdict.Report, onPhase func(string), parts ...Part) error {
	for _, part := range parts {
		if err := Do(report, part.Name, onPhase, func() error { return part.Do(ctx) }); err != nil {
			return err
		}
	}
	return nil
}

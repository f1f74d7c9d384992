package selftest_test

import (
	"context"
	"errors"
	"testing"

	"pgroundtrip/internal/arguments"
	"pgroundtrip/internal/pgtest"
	"pgroundtrip/internal/selftest"
	"pgroundtrip/internal/verdict"
)

// flipped are the damages that "make flips" does 1,000 times; here each is done a few times.
var flipped = []string{"custom gzip: flip", "custom uncompressed: flip", "directory: flip"}

func TestEveryFlippedBitIsAccountedFor(t *testing.T) {
	for _, workload := range pgtest.Dealt(t, 2, []string{"text", "json"}) {
		t.Run(workload, func(t *testing.T) {
			o := selftestOptions(t, pgtest.Server(t), pgtest.DefaultSuite(t), flipped...)
			o.Workload, o.Flips = workload, 6
			damages, err := selftest.Run(context.Background(), o)
			if err != nil {
				t.Fatal(err)
			}
			if len(damages) != len(flipped) {
				t.Errorf("%d damages were done, want %d", len(damages), len(flipped))
			}
			for _, d := range damages {
				ends := 0
				for _, n := range d.Counts {
					ends += n
				}
				if d.Verdict != verdict.Pass || ends != o.Flips {
					t.Errorf("%s: %s", d.Name, d.Detail)
				}
			}
		})
	}
}

func TestASelftestOfAnUnknownWorkloadIsRefused(t *testing.T) {
	o := selftestOptions(t, pgtest.Server(t), pgtest.DefaultSuite(t))
	o.Workload = "nosuch"
	if _, err := selftest.Run(context.Background(), o); !errors.Is(err, arguments.ErrUnsupported) {
		t.Errorf("got %v", err)
	}
}

package standby_test

import (
	"testing"

	"pgroundtrip/internal/pgtest"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

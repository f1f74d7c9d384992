package hint

import (
	"fmt"
	"strings"
)

// Shown is how many names List tells.
const Shown = 20

// List joins names, the first of them if there are many.
func List(names []string) string {
	if more := len(names) - Shown; more > 0 {
		names = append(names[:Shown:Shown], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

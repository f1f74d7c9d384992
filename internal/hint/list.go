package hint

import (
	"fmt"
	"strings"
)

// Shown is the largest number of names that List shows.
const Shown = 20

// List joins names by commas. If there are more than Shown, it shows the first of them and how many follow.
func List(names []string) string {
	if more := len(names) - Shown; more > 0 {
		names = append(names[:Shown:Shown], fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

package gallery

import (
	"context"
	"fmt"
)

// Repairer is an engine whose searches may miss what it lists, after nodes were killed, and which can mend that. done
// is told how many templates were looked for; nil: nobody wants to know.
type Repairer interface {
	Repair(ctx context.Context, done func(templates int)) (Repaired, error)
}

// Repaired is what the repair of a gallery on a cluster found and did.
type Repaired struct {
	Templates int `json:"templates"` // of people who exist: looked for on every node
	Lost      int `json:"lost"`      // that a search for themselves did not return on some node, and were written again
	Doubled   int `json:"doubled"`   // of two people, since a Move or a Merge ended half-way: now of the later only
}

// String says it in a line.
func (r Repaired) String() string {
	return fmt.Sprintf("%d templates looked for on every node; %d were not found and are now, %d were two people's",
		r.Templates, r.Lost, r.Doubled)
}

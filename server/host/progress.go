package host

import "context"

// Progress is how far long work is.
type Progress struct {
	Step  string `json:"step"` // what is being done, for people
	Done  int    `json:"done"`
	Total int    `json:"total"` // 0: not known
}

type progressKey struct{}

// Reporting returns a context whose work tells report how far it is, in the goroutine that calls Report.
func Reporting(ctx context.Context, report func(Progress)) context.Context {
	return context.WithValue(ctx, progressKey{}, report)
}

// Report tells how far the work of ctx is, if anybody wants to know.
func Report(ctx context.Context, step string, done, total int) {
	if report, ok := ctx.Value(progressKey{}).(func(Progress)); ok {
		report(Progress{step, done, total})
	}
}

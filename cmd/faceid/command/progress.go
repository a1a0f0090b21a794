package command

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// bar shows progress on a terminal once the work has taken a second; elsewhere it is silent.
type bar struct {
	b     *progressbar.ProgressBar
	start time.Time
	total int64
	label string
	a     *app
	bytes bool
}

// progress starts a bar for total steps, or for an unknown number where total is negative.
func (a *app) progress(label string, total int64) *bar {
	return &bar{a: a, start: time.Now(), total: total, label: label}
}

// progressBytes is progress for a number of bytes.
func (a *app) progressBytes(label string, total int64) *bar {
	return &bar{a: a, start: time.Now(), total: total, label: label, bytes: true}
}

// set moves the bar to n steps done.
func (b *bar) set(n int64) {
	if !b.a.errTTY || b.a.quiet {
		return
	}
	if b.b == nil {
		if time.Since(b.start) < time.Second {
			return
		}
		o := []progressbar.Option{
			progressbar.OptionSetWriter(b.a.err),
			progressbar.OptionSetDescription(b.label),
			progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(100 * time.Millisecond),
			progressbar.OptionShowCount(),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(b.total > 0),
		}
		if b.bytes {
			o = append(o, progressbar.OptionShowBytes(true))
		}
		b.b = progressbar.NewOptions64(b.total, o...)
	}
	_ = b.b.Set64(n)
}

// describe replaces the text in front of the bar.
func (b *bar) describe(label string) {
	b.label = label
	if b.b != nil {
		b.b.Describe(label)
	}
}

// clear takes the bar off the screen, so that a line can be printed; the next set draws it again.
func (b *bar) clear() {
	if b.b != nil {
		_ = b.b.Clear()
	}
}

func (b *bar) finish() {
	if b.b != nil {
		_ = b.b.Finish()
		_ = b.b.Clear()
	}
}

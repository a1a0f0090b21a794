package command

import (
	"io"
	"time"

	"github.com/schollz/progressbar/v3"
)

// bar shows progress on a terminal once the work has taken a second; elsewhere it is silent. A nil bar shows nothing.
type bar struct {
	b     *progressbar.ProgressBar
	start time.Time
	total int64
	label string
	bytes bool // what is counted
	a     *app
	under *bar // that a had before
}

// progress starts a bar for total steps, or for an unknown number where total is negative.
func (a *app) progress(label string, total int) *bar {
	a.bar = &bar{a: a, start: time.Now(), total: int64(total), label: label, under: a.bar}
	return a.bar
}

// show moves the bar to done steps of total, where that is known by now.
func (b *bar) show(done, total int) {
	if total > 0 {
		b.total = int64(total)
	}
	b.set(int64(done))
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
		b.b = progressbar.NewOptions64(b.total,
			progressbar.OptionSetWriter(b.a.bars),
			progressbar.OptionSetDescription(b.label),
			progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionShowCount(),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(b.total > 0),
			progressbar.OptionShowBytes(b.bytes))
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

// clear takes the bar off the screen, so that something can be printed; the next set draws it again.
func (b *bar) clear() {
	if b != nil && b.b != nil {
		_ = b.b.Clear()
	}
}

func (b *bar) finish() {
	if b == nil {
		return
	}
	if b.b != nil {
		_ = b.b.Finish()
		_ = b.b.Clear()
	}
	if b.a.bar == b {
		b.a.bar = b.under
	}
}

// screen is a stream for people, from which a bar is taken before anything else is written.
type screen struct {
	w io.Writer
	a *app
}

func (s screen) Write(p []byte) (int, error) {
	s.a.bar.clear()
	return s.w.Write(p)
}

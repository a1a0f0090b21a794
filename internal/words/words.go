// Package words says numbers to people, in the same way whoever prints them.
package words

import (
	"fmt"
	"math"
)

// Plural is "1 photo", "2 photos".
func Plural(n int, one, many string) string {
	return fmt.Sprintf("%d %s", n, Choose(n, one, many))
}

// Choose is the word for n things.
func Choose(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// Thousands is n with commas: "1,234".
func Thousands[N int | int64](n N) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// Size is a number of bytes: "1.2 MB".
func Size(n int64) string {
	const unit = "kMGT"
	f, i := float64(n), -1
	for f >= 1000 && i < len(unit)-1 {
		f /= 1000
		i++
	}
	if i < 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %cB", f, unit[i])
}

// OneIn is a rate above 0 as "1 in 1,000", with two digits that count, as rates are not known better.
func OneIn(rate float64) string {
	if rate <= 0 {
		return "none seen"
	}
	n, unit := 1/rate, 1.0
	for n/unit >= 99.5 {
		unit *= 10
	}
	return "1 in " + Thousands(int64(math.Round(n/unit)*unit))
}

// Percent is a share with two digits that count: "12 %", "1.2 %", "0.012 %".
func Percent(share float64) string {
	p := 100 * share
	switch {
	case p >= 10:
		return fmt.Sprintf("%.0f %%", p)
	case p >= 1:
		return fmt.Sprintf("%.1f %%", p)
	case !(p > 0):
		return "0 %"
	}
	return fmt.Sprintf("%.*f %%", min(1-int(math.Floor(math.Log10(p))), 9), p)
}

// Interval is one of shares: "0.1 % to 0.8 %", "up to 0.8 %".
func Interval(low, high float64) string {
	if low < 1e-9 {
		return "up to " + Percent(high)
	}
	return Percent(low) + " to " + Percent(high)
}

package words

import "testing"

func TestWords(t *testing.T) {
	for got, want := range map[string]string{
		Plural(1, "face", "faces"): "1 face", Plural(0, "face", "faces"): "0 faces",
		Thousands(999): "999", Thousands(-1000): "-1,000",
		Thousands(int64(1234567)): "1,234,567", Thousands(-999): "-999",
		Size(999): "999 B", Size(1000): "1.0 kB", Size(5_400_000_000_000_000): "5400.0 TB",
		OneIn(0): "none seen", OneIn(1e-3): "1 in 1,000", OneIn(1 / 6216296.0): "1 in 6,200,000", OneIn(0.3): "1 in 3",
		Percent(0): "0 %", Percent(1): "100 %", Percent(0.123): "12 %", Percent(0.0123): "1.2 %",
		Percent(0.00123): "0.12 %",
		Percent(1e-4):    "0.010 %", Percent(2.5e-6): "0.00025 %",
		Interval(0, 0.02): "up to 2.0 %", Interval(0.1, 0.5): "10 % to 50 %",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

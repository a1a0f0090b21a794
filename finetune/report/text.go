package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"faceid/finetune"
	"faceid/finetune/gate"
	"faceid/internal/plain"
)

// WriteText writes the verdict and the figures that it rests on in a few lines.
func WriteText(w io.Writer, r *finetune.Report) error {
	var b bytes.Buffer
	switch {
	case r.Better:
		fmt.Fprintln(&b, "better on people it has not seen")
	case r.Forced:
		fmt.Fprintln(&b, "not better, written because of --force")
	default:
		fmt.Fprintln(&b, "not better: the tuned model was not written")
	}
	if lost := fewer(r); lost != "" {
		plain.Fprintf(&b, "  but %s\n", lost)
	}
	for _, why := range r.Reasons {
		plain.Fprintf(&b, "  %s\n", why)
	}
	if r.Gate != nil {
		for _, d := range r.Gate.Domains {
			if !d.Measured() {
				plain.Fprintf(&b, "  %-8s not measured: %d genuine and %d impostor pairs\n", d.Kind, d.Genuine,
					d.Impostor)
				continue
			}
			plain.Fprintf(&b, "  %-8s TAR@FAR=1e-2 %s   TAR@FAR=1e-3 %s   EER %s\n", d.Kind,
				change(d.TAR1e2), change(d.TAR1e3), change(d.EER))
		}
	}
	for _, t := range r.Thresholds {
		if t.Base.Value > 0 {
			fmt.Fprintf(&b, "  threshold for FAR %g: %.4f -> %.4f; strangers among these people pass in %s, tuned %s "+
				"(%s at the old one)\n", t.FAR, t.Before, t.After, rate(t.Base), rate(t.Tuned), rate(t.Kept))
		}
	}
	_, err := b.WriteTo(w)
	return err
}

// fewer says where the tuned model finds fewer at its thresholds than the base model at its own, by half a point or
// more: what is better at equal FAR may be worse as it is used.
func fewer(r *finetune.Report) string {
	var at []string
	for _, t := range r.Thresholds {
		var lost []string
		for _, f := range t.Found {
			if f.After < f.Before-0.005 {
				lost = append(lost, fmt.Sprintf("%s %.1f %% -> %.1f %%", f.Kind, 100*f.Before, 100*f.After))
			}
		}
		if len(lost) > 0 {
			at = append(at, fmt.Sprintf("for FAR %g %s", t.FAR, strings.Join(lost, ", ")))
		}
	}
	if len(at) == 0 {
		return ""
	}
	return "fewer right matches are found at thresholds that were raised, so that strangers like these pass no more " +
		"often than promised: " + strings.Join(at, "; ") + "; that FAR is promised of the model's threshold, while " +
		"TAR@FAR has a threshold that is counted out on these people alone"
}

func change(c gate.Change) string {
	return fmt.Sprintf("%.2f %% -> %.2f %%", 100*c.Before.Value, 100*c.After.Value)
}

// rate writes a false accept rate with its interval.
func rate(v gate.Interval) string {
	if v.Value == 0 {
		return "–" // not measured
	}
	return fmt.Sprintf("%.2g [%.1g, %.1g]", v.Value, v.Low, v.High)
}

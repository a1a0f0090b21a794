package finetune

import (
	"bytes"
	"cmp"
	"fmt"
	"io"

	"github.com/BurntSushi/toml"
)

// ConfigFile is the file in Run's folder that holds every setting of the run, for ReadConfig.
const ConfigFile = "config.toml"

// ReadConfig reads settings written by WriteTOML, or by hand: those that are missing are the defaults of the file's
// loss. It returns ErrConfig for what is not TOML, an unknown name, or a value out of range.
func ReadConfig(data []byte) (*Config, error) {
	var head struct {
		Loss Loss `toml:"loss"`
	}
	if _, err := toml.Decode(string(data), &head); err != nil {
		return nil, fmt.Errorf("%w: not settings in TOML: %v", ErrConfig, err)
	}
	c := Defaults(head.Loss)
	meta, err := toml.Decode(string(data), c)
	if err != nil {
		return nil, fmt.Errorf("%w: %v", ErrConfig, err)
	}
	if unknown := meta.Undecoded(); len(unknown) > 0 {
		return nil, fmt.Errorf("%w: there is no setting %q", ErrConfig, unknown[0])
	}
	if meta.IsDefined("drop_suspects") && !meta.IsDefined("keep_suspects") {
		c.KeepSuspects = !c.DropSuspects // a file from when suspects were listed only, unless dropped
	}
	return c, c.Check()
}

// WriteTOML writes every setting, defaults included, so that a later version with other defaults does the same.
func (c *Config) WriteTOML(w io.Writer) error {
	var b bytes.Buffer
	fmt.Fprintln(&b, "# Settings of a run of fine-tuning: faceid finetune --config FILE repeats it. What each means,")
	fmt.Fprintln(&b, "# and its range: faceid finetune --help, and Config in package finetune.")
	fmt.Fprintln(&b, "# shrink and sample_rate 0: by the people of each training; folds 0: nobody judged.")
	if err := toml.NewEncoder(&b).Encode(c); err != nil {
		return fmt.Errorf("finetune: settings: %w", err)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// used is c with the values that a run by so many folds came to in place of those that leave the choice.
func (c Config) used(folds int) *Config {
	c.CenterRule, c.Subcenters = cmp.Or(c.CenterRule, "wen"), max(1, c.Subcenters)
	if c.Folds != 1 {
		c.Folds = folds
	}
	return &c
}

// alpha returns the weight of each class's loss, nil where all weigh 1.
func (c *Config) alpha(d *Dataset) []float64 {
	if len(c.Alpha) == 0 && !c.AlphaBalanced {
		return nil
	}
	a := make([]float64, len(d.People))
	rows := d.Rows()
	for p, name := range d.People {
		a[p] = 1
		if c.AlphaBalanced && rows[p] > 0 {
			a[p] = float64(d.Len()) / float64(len(d.People)*rows[p])
		}
		if v, ok := c.Alpha[name]; ok {
			a[p] *= v
		}
	}
	return a
}

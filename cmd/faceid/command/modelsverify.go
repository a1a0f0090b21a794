package command

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"faceid/internal/words"
	"faceid/models"
)

type modelsVerifyOptions struct{ names []string }

func newModelsVerify(_ *app, run func(context.Context, *modelsVerifyOptions) error) *cobra.Command {
	var o modelsVerifyOptions
	return &cobra.Command{
		Use:   "verify [NAME...]",
		Short: "Hash the files that are here and compare with the catalogue",
		RunE:  parsed(&o, run, all(&o.names)),
	}
}

func (a *app) modelsVerify(ctx context.Context, o *modelsVerifyOptions) error {
	s, err := a.models(false)
	if err != nil {
		return err
	}
	list, err := s.Verify(ctx, o.names...)
	if err != nil {
		return err
	}
	bad := 0
	list = slices.DeleteFunc(list, func(st models.Status) bool {
		return st.State == models.Missing &&
			len(o.names) == 0
	})
	for _, st := range list {
		if st.State == models.Corrupt || st.State == models.Missing {
			bad++
		}
	}
	if err := a.printStatus(list); err != nil {
		return err
	}
	if bad > 0 {
		return withHint(fmt.Errorf("%s not as the catalogue says", words.Plural(bad, "file is", "files are")),
			"faceid models pull NAME fetches it again")
	}
	return nil
}

package command

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"faceid/models"
)

type modelsVerifyOptions struct{ names []string }

func newModelsVerify(_ *app, run func(context.Context, *modelsVerifyOptions) error) *cobra.Command {
	return &cobra.Command{
		Use:   "verify [NAME...]",
		Short: "Hash the files that are here and compare with the catalogue",
		RunE: func(cmd *cobra.Command, args []string) error {
			return run(cmd.Context(), &modelsVerifyOptions{args})
		},
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
	list = slices.DeleteFunc(list, func(st models.Status) bool { return st.State == models.Missing && len(o.names) == 0 })
	for _, st := range list {
		if st.State == models.Corrupt || st.State == models.Missing {
			bad++
		}
	}
	if err := a.printStatus(list); err != nil {
		return err
	}
	if bad > 0 {
		return withHint(fmt.Errorf("%s not as the catalogue says", plural(bad, "file is", "files are")),
			"faceid models pull NAME fetches it again")
	}
	return nil
}

package command

import (
	"github.com/spf13/cobra"
)

func newModels(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "models", Short: "List, fetch, verify and add models"}
	cmd.AddCommand(newModelsList(a, a.modelsList), newModelsPull(a, a.modelsPull), newModelsPath(a, a.modelsPath),
		newModelsVerify(a, a.modelsVerify), newModelsAdd(a, a.modelsAdd), newModelsForget(a, a.modelsForget))
	return group(cmd)
}

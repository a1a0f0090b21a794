package command

import (
	"context"

	"github.com/spf13/cobra"

	"faceid/server/host"
)

// auditLine is what a log holds that nobody changed.
type auditLine struct {
	Entries int    `json:"entries"`
	Last    string `json:"last"` // hash
}

func newServeAuditVerify(_ *app, run func(context.Context) error) *cobra.Command {
	return bare("verify", "Check that no entry was changed or taken out", run)
}

func (a *app) serveAuditVerify(context.Context) error {
	n, last, err := host.VerifyAudit(a.audit)
	if err != nil {
		return err
	}
	a.printf("%d entries, the last is %s\n", n, last)
	return a.printJSON(auditLine{n, last})
}

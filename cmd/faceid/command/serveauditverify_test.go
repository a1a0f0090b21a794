package command

import "testing"

func TestServeAuditVerifyFlags(t *testing.T) {
	testFlags(t, flagless(newServeAuditVerify), flaglessCases)
}

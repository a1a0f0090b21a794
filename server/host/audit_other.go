//go:build !unix

package host

import "os"

// lockAudit does nothing here: two servers with one log would break its chain, which VerifyAudit then says.
func lockAudit(*os.File) error { return nil }

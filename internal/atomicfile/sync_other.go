//go:build !unix

package atomicfile

func cannotSync(error) bool { return true }

//go:build !cgo || !(amd64 || arm64)

package flat

func native() []kernel { return nil }

// Package clients has no code: its test runs unmodified clients of CompreFace and AWS Rekognition against the server,
// each through its operations on photos of real people, errors included.
//
//	make test-clients
//
// The clients come from their registries, of the versions that the test names, into the user's cache.
package clients

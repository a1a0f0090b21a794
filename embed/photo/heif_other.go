//go:build !linux && !darwin

package photo

import (
	"context"
	"errors"
)

var errNoHEIF = errors.New("libheif is loaded on Linux and macOS only")

func heifOpen(_, _ string) (string, error) { return "", errNoHEIF }

func heifDecode(context.Context, []byte, int, int, int64) (*Image, error) { return nil, errNoHEIF }

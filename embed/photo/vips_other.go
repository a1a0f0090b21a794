//go:build !linux && !darwin

package photo

import (
	"context"
	"errors"
)

func vipsOpen(string) (string, error) { return "", errors.New("libvips is not used on this system") }

func vipsJPEG(context.Context, []byte, int, int, int, int) *Image { return nil }

func vipsAVIF(context.Context, []byte, int, int) (*Image, error) { return nil, errAVIF }

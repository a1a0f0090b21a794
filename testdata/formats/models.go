package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"

	"faceid/models"
)

// makeModels writes what a user's configuration keeps: a model of the user's own, and a licence accepted.
func makeModels(ctx context.Context, dir string) error {
	tmp, err := os.MkdirTemp("", "formats-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	s, err := models.Open(&models.Options{Dir: tmp, Local: "-", Offline: true})
	if err != nil {
		return err
	}
	b, err := os.ReadFile(filepath.Join("testdata", "onnx", "embedder-gemm.onnx"))
	if err != nil {
		return err
	}
	path := filepath.Join(tmp, "mine.onnx")
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return err
	}
	_, err = s.Add(ctx, path, models.Entry{
		Name: "mine", Role: models.RoleEmbedder,
		License: models.License{ID: "MIT", Class: models.Permissive, URL: "https://example.org", Caveats: "a toy"},
		Input: &models.Input{
			Channels: "RGB", Mean: []float32{127.5, 127.5, 127.5}, Std: []float32{127.5, 127.5, 127.5}, Fit: "align112",
		},
		Thresholds: []models.Threshold{{FAR: 0.001, Score: 0.5, TAR: 0.9, On: "toys"}},
	})
	if err != nil {
		return err
	}
	if err := s.AcceptLicense("w600k-mbf"); err != nil {
		return err
	}
	for from, to := range map[string]string{"models.json": "own-models-1.json", "licenses.json": "licenses-1.json"} {
		b, err := os.ReadFile(filepath.Join(tmp, from))
		if err != nil {
			return err
		}
		b = bytes.ReplaceAll(b, []byte(tmp), []byte("/home/ada/models"))
		if err := os.WriteFile(filepath.Join(dir, to), b, 0o600); err != nil {
			return err
		}
	}
	return nil
}

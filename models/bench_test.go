package models_test

import (
	"runtime"
	"testing"

	"faceid/internal/ortest"
	"faceid/models"
)

// BenchmarkVerify measures what checking a file costs a start: a model is read and hashed, the library's stamp is
// compared.
func BenchmarkVerify(b *testing.B) {
	s := ortest.Store(b)
	for _, name := range []string{"mobilefacenet", "ultraface", "landmarks68"} {
		b.Run("model="+name, func(b *testing.B) {
			e, _, err := s.Load(b.Context(), name)
			if err != nil {
				b.Skip(err)
			}
			b.SetBytes(e.Size)
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := s.Load(b.Context(), name); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	name := "onnxruntime-" + runtime.GOOS + "-" + runtime.GOARCH
	b.Run("library=stamped", func(b *testing.B) {
		if _, err := s.Path(b.Context(), name); err != nil {
			b.Skip(err)
		}
		b.ReportAllocs()
		for b.Loop() {
			if _, err := s.Path(b.Context(), name); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("library=hashed", func(b *testing.B) {
		for b.Loop() {
			sts, err := s.Verify(b.Context(), models.RuntimeName)
			if err != nil || sts[0].State == models.Missing {
				b.Skip(err)
			}
		}
	})
}

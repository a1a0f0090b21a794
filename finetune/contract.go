package finetune

import (
	"faceid/finetune/dense"
	"faceid/finetune/gate"
)

// What goes into Run and what its Report is made of. Package dense has the rest of the layer, package gate that of the
// comparison.
type (
	Dataset   = dense.Dataset
	Index     = dense.Index
	Layer     = dense.Layer
	Gate      = gate.Gate
	Threshold = gate.Threshold
)

// Kinds of views with a meaning of their own; see package dense.
const (
	KindClean  = dense.KindClean
	KindMirror = dense.KindMirror
)

// LayerOf reads the last dense layer of an ONNX model.
func LayerOf(model []byte) (Layer, error) { return dense.LayerOf(model) }

// LoadDataset reads what Dataset.Save wrote. It returns ErrFormat if the file is something else or was saved with
// another key, and an error that wraps fs.ErrNotExist if there is none.
func LoadDataset(path, key string) (*Dataset, error) { return dense.LoadDataset(path, key) }

package weaviate

import (
	"testing"

	"faceid/internal/deptest"
)

// An engine must not lean on another.
func TestWalls(t *testing.T) {
	deptest.Unreached(t, map[string]string{
		"./embed/...":                     "a gallery stores vectors, whatever made them",
		"./models/...":                    "the model is a contract here, not a file",
		"./finetune/...":                  "nobody imports backwards",
		"./recognize/...":                 "nobody imports backwards",
		"./gallery/sqlite":                "the embedded store's files are none of the cluster's business",
		"./gallery/flat":                  "the embedded store's files are none of the cluster's business",
		"database/sql":                    "the database is a cluster",
		"github.com/mattn/go-sqlite3":     "the database is a cluster",
		"./gallery/gallerytest":           "the suite is for tests",
		"./gallery/weaviate/weaviatetest": "a server is started by tests only",
		"github.com/yalue/onnxruntime_go": "no model runs here",
	})
}

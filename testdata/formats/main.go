// Command formats makes the goldens of the formats on disk, with the code of the checkout that it is run in:
//
//	go run ./testdata/formats FOLDER
//
// It writes to a folder of its own and replaces nothing: a golden that is in testdata/formats stays as it is, for it
// shows that files of that version open for ever. When a format gets a new version, make new files, and add them.
// All people and vectors are made up.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: go run ./testdata/formats FOLDER")
	}
	dir := os.Args[1]
	if err := os.Mkdir(dir, 0o700); err != nil {
		log.Fatal(err)
	}
	ctx := context.Background()
	for _, make := range []func(ctx context.Context, dir string) error{makeGallery, upgradeGallery, makeChunks,
		makeTraining, makeModels} {
		if err := make(ctx, dir); err != nil {
			log.Fatal(err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		if i, err := f.Info(); err == nil {
			fmt.Printf("%8d  %s\n", i.Size(), f.Name())
		}
	}
}

func writeJSON(dir, name string, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), append(b, '\n'), 0o600)
}

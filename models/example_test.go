package models_test

import (
	"context"
	"errors"
	"fmt"
	"log"

	"faceid/models"
)

// The first use fetches the file; what cannot be had says what to do.
func ExampleStore_Load() {
	store, err := models.Open(&models.Options{Notify: func(s string) { log.Print(s) }})
	if err != nil {
		log.Fatal(err)
	}
	entry, onnx, err := store.Load(context.Background(), "mobilefacenet")
	if err != nil {
		var h interface{ Hint() string } // what can be done about it, where something is known
		if errors.As(err, &h) {
			log.Print(h.Hint())
		}
		log.Fatal(err)
	}
	fmt.Println(entry.Input.Channels, len(onnx))
}

// What a model wants stands in its entry.
func ExampleCatalogue() {
	for _, e := range models.Catalogue().Entries {
		if e.Role == models.RoleEmbedder {
			fmt.Printf("%-13s %d values, %s %d×%d, (x − %g) / %g, %s\n", e.Name, e.Output.Dim,
				e.Input.Channels, e.Input.Width, e.Input.Height, e.Input.Mean[0], e.Input.Std[0], e.License.Class)
		}
	}
	// Output:
	// mobilefacenet 512 values, BGR 112×112, (x − 127.5) / 127.5, permissive
	// w600k-mbf     512 values, RGB 112×112, (x − 127.5) / 127.5, noncommercial
	// w600k-r50     512 values, RGB 112×112, (x − 127.5) / 127.5, noncommercial
	// sface         128 values, RGB 112×112, (x − 0) / 1, permissive
}

// A model for non-commercial use waits for a word from the user.
func ExampleStore_AcceptLicense() {
	store, err := models.Open(nil)
	if err != nil {
		log.Fatal(err)
	}
	if _, err = store.Path(context.Background(), "w600k-mbf"); errors.Is(err, models.ErrLicense) {
		var h interface{ Hint() string }
		if errors.As(err, &h) {
			fmt.Println(h.Hint()) // where the terms are
		}
		err = store.AcceptLicense("buffalo_s")
	}
	if err != nil {
		log.Fatal(err)
	}
}

package recognize_test

import (
	"context"
	"fmt"
	"log"
	"os"

	"faceid/embed"
	"faceid/recognize"
)

func Example() {
	ctx := context.Background()
	r, err := recognize.Open(ctx, &recognize.Options{Gallery: "door.db", Workers: 1})
	if err != nil {
		log.Fatal(err)
	}
	defer os.Remove("door.db")
	defer r.Close()
	if _, err := r.Enroll(ctx, "Ada", "ada1.jpg"); err != nil {
		log.Fatal(err)
	}
	for a, err := range r.Identify(ctx, embed.Files("ada2.jpg", "grace1.jpg", "missing.jpg")) {
		switch {
		case err != nil:
			fmt.Println(err)
		case a.Person == nil:
			fmt.Println(a.Photo.Path, "unknown", a.Score < a.Threshold)
		default:
			fmt.Println(a.Photo.Path, a.Person.Name, a.Score >= a.Threshold)
		}
	}
	// Output:
	// ada2.jpg Ada true
	// grace1.jpg unknown true
	// missing.jpg: no such file or directory
}

func ExampleRecognizer_Verify() {
	ctx := context.Background()
	r, err := recognize.Open(ctx, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer r.Close()
	v, err := r.Verify(ctx, embed.Input{Path: "ada1.jpg"}, embed.Input{Path: "grace2.jpg"}, nil)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(v.Same, "at a threshold that", v.FAR, "of the pairs of different people reach")
	// Output: false at a threshold that 0.0001 of the pairs of different people reach
}

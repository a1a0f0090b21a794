package flat_test

import (
	"context"
	"fmt"

	"faceid/gallery/flat"
)

func ExampleIndex_Search() {
	x, err := flat.New(3, nil)
	if err != nil {
		panic(err)
	}
	err = x.Append([]flat.Row{
		{Template: 1, Person: 10, Vector: []float32{1, 0, 0}},
		{Template: 2, Person: 10, Vector: []float32{0.6, 0.8, 0}},
		{Template: 3, Person: 20, Vector: []float32{0, 0, 1}},
	}, flat.Stamp{Seq: 1})
	if err != nil {
		panic(err)
	}
	found, err := x.Search(context.Background(), [][]float32{{0.8, 0.6, 0}}, &flat.SearchOptions{K: 2})
	if err != nil {
		panic(err)
	}
	for _, m := range found[0] {
		fmt.Printf("person %d by template %d: %.2f\n", m.Person, m.Template, m.Score)
	}
	// Output:
	// person 10 by template 2: 0.96
	// person 20 by template 3: 0.00
}

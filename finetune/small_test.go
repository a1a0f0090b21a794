package finetune_test

import (
	"context"
	"testing"

	"faceid/finetune"
)

// small returns settings that suit tiny data.
func small() *finetune.Config {
	c := finetune.Defaults("")
	c.Epochs, c.BatchPeople, c.HeadLR = 6, 16, 0.1
	c.Scale = 16
	return c
}

func train(t testing.TB, d *finetune.Dataset, l finetune.Layer, c *finetune.Config) *finetune.Result {
	t.Helper()
	r, err := finetune.Train(context.Background(), d, l, c)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

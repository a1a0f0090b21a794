package photo

import "sync"

// A photo read at 1/k of its sides is an Image like any other, which knows k and how to read the whole: see
// Image.ReadSmaller. What is found in it is multiplied by k at the end. A face that the smaller picture shows at less
// than the crop's own size is taken from the whole.

// finer is the whole of a photo that was read smaller. It is read once, when the first small face asks for it.
type finer struct {
	once sync.Once
	read func() (*Image, error)
	m    *Image
	err  error
}

// ReadSmaller says that m is a photo read at 1/k of its sides, and how to read the whole. It returns m.
func (m *Image) ReadSmaller(k int, whole func() (*Image, error)) *Image {
	m.reduced, m.finer = k, &finer{read: whole}
	return m
}

// Whole returns the photo with all its pixels: m itself unless it was read smaller.
func (m *Image) Whole() (*Image, error) {
	if m.finer == nil {
		return m, nil
	}
	f := m.finer
	f.once.Do(func() {
		if f.m, f.err = f.read(); f.m != nil {
			f.m = f.m.During(m.ctx)
		}
	})
	return f.m, f.err
}

// Smaller reports whether there is more to see in Whole.
func (m *Image) Smaller() bool { return m.finer != nil }

// Times is by how much m was read smaller: its pixel (x, y) is Times × Times of the photo's. It is 1 for a whole photo.
func (m *Image) Times() int { return max(1, m.reduced) }

// Within moves a place, which counts from the photo's edge in pixels of m but has been taken for the middle of a pixel
// since it was found, to where the same place of the whole photo lies. It is 0 for what was not read smaller.
func (m *Image) Within() float32 { return (1/float32(m.Times()) - 1) / 2 }

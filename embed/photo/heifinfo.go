package photo

import "fmt"

// info returns what there is to know of the primary picture; why says what is wrong with it.
func (f *heifFile) info() (i *heifInfo, why string) {
	p := f.items[f.primary]
	if p == nil || len(p.data) == 0 {
		return nil, "it names no picture"
	}
	i = &heifInfo{codec: p.kind}
	if p.kind == "grid" {
		i.codec, i.tiles = "", true
		for _, id := range p.tiles {
			t := f.items[id]
			if t == nil || i.codec != "" && t.kind != i.codec {
				return nil, "its tiles are not of one kind"
			}
			i.codec = t.kind
		}
	}
	if i.codec != "hvc1" && i.codec != "av01" {
		return nil, fmt.Sprintf("a picture of kind %q is unsupported", i.codec)
	}
	for _, k := range p.props {
		if k >= len(f.props) {
			return nil, "it names a property that it has not"
		}
		i.property(f.props[k])
	}
	if i.w < 1 || i.h < 1 || i.w > 1<<30 || i.h > 1<<30 {
		return nil, fmt.Sprintf("the header says %d × %d pixels", i.w, i.h)
	}
	if p.kind == "grid" {
		if w, h := gridSize(p.data[0]); w != i.coded[0] || h != i.coded[1] {
			return nil, fmt.Sprintf("tiles for %d × %d pixels where the header says %d × %d", w, h, i.coded[0],
				i.coded[1])
		}
	}
	for _, item := range f.items {
		// What a decoder allocates is what the coded picture says, not the file around it.
		var parts [][]byte
		sizeOf := av1Size
		switch item.kind {
		case "av01":
			parts = item.data
		case "hvc1":
			sizeOf, parts = hevcSize, item.data
			for _, k := range item.props {
				if k < len(f.props) && f.props[k].kind == "hvcC" {
					parts = append(parts, hevcConfig(f.props[k].data))
				}
			}
		}
		for _, d := range parts {
			if w, h := sizeOf(d); w*h > i.coded[0]*i.coded[1]+1<<22 {
				return nil, fmt.Sprintf("a part of %d × %d pixels where the header says %d × %d", w, h, i.coded[0],
					i.coded[1])
			}
		}
	}
	return i, ""
}

// property takes in a property of the primary picture; they apply in their order.
func (i *heifInfo) property(x box) {
	p := field{b: x.data}
	switch x.kind {
	case "ispe":
		p.full()
		i.coded = [2]uint64{p.uint(4), p.uint(4)}
		i.w, i.h = int(i.coded[0]), int(i.coded[1])
	case "clap": // the part that is shown: its sides, as fractions
		for _, side := range []*int{&i.w, &i.h} {
			n, d := int(p.uint(4)), int(p.uint(4))
			if d > 0 && n/d > 0 && n/d <= *side {
				*side = n / d
			}
		}
	case "irot":
		if p.uint(1)&1 == 1 {
			i.w, i.h = i.h, i.w
		}
	case "pixi":
		p.full()
		for n := p.uint(1); n > 0 && !p.short; n-- {
			i.deep = i.deep || p.uint(1) > 8
		}
	}
}

// gridSize reads what a grid of tiles makes: ISO/IEC 23008-12, section 6.6.2.3.
func gridSize(b []byte) (w, h uint64) {
	p := field{b: b}
	p.uint(1)
	n := size(p.uint(1)&1 == 1, 4, 2)
	p.uint(2)
	return p.uint(n), p.uint(n)
}

// memory is what a decoder takes: the coded picture, once more as colours, and without tiles once more in the coder's
// own frame; four bytes for each pixel of 8 bits.
func (i *heifInfo) memory() int64 {
	pixels := int64(i.coded[0] * i.coded[1])
	sample, planes := int64(1), int64(3)
	if i.deep {
		sample = 2
	}
	if !i.tiles {
		planes += 2
	}
	return sample * planes * pixels * 3 / 2
}

package photo

import (
	"encoding/binary"
	"fmt"
)

// heifInfo is what a HEIF file (ISO/IEC 23008-12), of which HEIC and AVIF are kinds, says of its primary picture before
// a pixel is decoded.
type heifInfo struct {
	w, h  int       // pixels as they are shown: cut out, and turned by the file's own rotation
	coded [2]uint64 // width and height before that
	codec string    // hvc1 or av01
	deep  bool      // more than eight bits for a sample
	tiles bool      // it is made of tiles
}

// heifItem is an item of the file: a picture, a tile of one, metadata.
type heifItem struct {
	kind  string
	data  [][]byte // its extents
	props []int    // places in heifFile.props, from 0
	tiles []uint32 // dimg: what a grid is made of
}

// heifFile is the content of a file's meta box.
type heifFile struct {
	b       []byte
	primary uint32
	items   map[uint32]*heifItem
	props   []box
	idat    []byte
	short   bool // something lies behind the end of the file
}

// box is a box of the ISO base media file format (ISO/IEC 14496-12, section 4.2).
type box struct {
	kind string
	data []byte
}

// boxes splits b; cut is true where the last box is longer than what is there.
func boxes(b []byte) (list []box, cut bool) {
	for len(b) >= 8 {
		n, head := uint64(binary.BigEndian.Uint32(b)), 8
		switch n {
		case 0: // to the end
			n = uint64(len(b))
		case 1:
			if len(b) < 16 {
				return list, true
			}
			n, head = binary.BigEndian.Uint64(b[8:]), 16
		}
		if n < uint64(head) {
			return list, true
		}
		end := min(n, uint64(len(b)))
		if end < uint64(head) {
			return list, true
		}
		list = append(list, box{string(b[4:8]), b[head:end]})
		if cut = n > uint64(len(b)); cut {
			return list, true
		}
		b = b[n:]
	}
	return list, len(b) > 0
}

// field reads big-endian fields of a box; what is behind its end is zero, and short then.
type field struct {
	b     []byte
	short bool
}

func (f *field) take(n int) []byte {
	if n > len(f.b) {
		f.short, f.b = true, nil
		return make([]byte, n)
	}
	p := f.b[:n]
	f.b = f.b[n:]
	return p
}

// uint reads n bytes, at most 8.
func (f *field) uint(n int) (v uint64) {
	for _, c := range f.take(n) {
		v = v<<8 | uint64(c)
	}
	return v
}

// full reads version and flags of a full box.
func (f *field) full() (version int, flags uint64) {
	v := f.uint(4)
	return int(v >> 24), v & 0xffffff
}

const maxHEIFItems = 4096 // a photo of 100 megapixels in tiles of 256 pixels a side has 1,526

// scanHEIF reads what a file says. Every error is a *DecodeError.
func scanHEIF(b []byte, format string) (*heifInfo, error) {
	bad := func(detail string) error {
		return &DecodeError{Kind: ErrFormat, Format: format, Detail: detail,
			Advice: "save the photo as an ordinary JPEG or PNG"}
	}
	cut := &DecodeError{Kind: ErrTruncated, Format: format, Advice: adviceTruncated}
	f := &heifFile{b: b, items: map[uint32]*heifItem{}}
	top, short := boxes(b)
	meta := -1
	for i, x := range top {
		if x.kind == "meta" && meta < 0 {
			meta = i
		}
	}
	switch {
	case short:
		return nil, cut
	case meta < 0 && len(top) < 2:
		return nil, cut
	case meta < 0:
		return nil, bad("there is no picture in it but perhaps a sequence of them")
	}
	if why := f.meta(top[meta].data); why != "" {
		return nil, bad(why)
	}
	if f.short {
		return nil, cut
	}
	i, why := f.info()
	if why != "" {
		return nil, bad(why)
	}
	return i, nil
}

// meta reads the meta box; why says what is wrong with it.
func (f *heifFile) meta(b []byte) (why string) {
	if len(b) < 4 {
		return "its meta box is empty"
	}
	list, cut := boxes(b[4:])
	if cut {
		return "its meta box is damaged"
	}
	part := map[string][]byte{}
	for _, x := range list {
		if part[x.kind] == nil {
			part[x.kind] = x.data
		}
	}
	p := field{b: part["pitm"]}
	v, _ := p.full()
	f.primary = uint32(p.uint(size(v > 0, 4, 2)))
	f.idat = part["idat"]
	for _, read := range []struct {
		kind string
		do   func(*field)
	}{{"iinf", f.infos}, {"iloc", f.places}, {"iprp", f.properties}, {"iref", f.references}} {
		p := field{b: part[read.kind]}
		if p.b == nil && read.kind == "iref" {
			continue
		}
		if read.do(&p); p.short {
			return "its " + read.kind + " box is damaged"
		}
		if len(f.items) > maxHEIFItems {
			return fmt.Sprintf("it has more than %d parts", maxHEIFItems)
		}
	}
	return ""
}

func size(is bool, yes, no int) int {
	if is {
		return yes
	}
	return no
}

// infos reads the item information box: which items there are, and of what kind.
func (f *heifFile) infos(p *field) {
	v, _ := p.full()
	p.uint(size(v > 0, 4, 2))
	list, cut := boxes(p.b)
	p.short = p.short || cut
	for _, x := range list {
		e := field{b: x.data}
		v, _ := e.full()
		if x.kind != "infe" || v < 2 {
			continue
		}
		id := uint32(e.uint(size(v > 2, 4, 2)))
		e.uint(2)
		if f.items[id] == nil && len(f.items) <= maxHEIFItems {
			f.items[id] = &heifItem{kind: string(e.take(4))}
		}
		p.short = p.short || e.short
	}
}

// places reads the item location box.
func (f *heifFile) places(p *field) {
	v, _ := p.full()
	sizes := p.uint(2)
	offset, length, base, index := int(sizes>>12), int(sizes>>8&15), int(sizes>>4&15), int(sizes&15)
	if v == 0 {
		index = 0
	}
	if max(offset, length, base, index) > 8 {
		p.short = true
		return
	}
	total := uint64(0)
	for n := p.uint(size(v > 1, 4, 2)); n > 0 && !p.short; n-- {
		item := f.items[uint32(p.uint(size(v > 1, 4, 2)))]
		from := f.b
		if v > 0 && p.uint(2)&15 == 1 {
			from = f.idat
		}
		p.uint(2)
		begin := p.uint(base)
		k := p.uint(2)
		if k > 1 && offset+length == 0 {
			p.short = true // all of them would be the same
		}
		for ; k > 0 && !p.short; k-- {
			p.uint(index)
			at, n := begin+p.uint(offset), p.uint(length)
			if item == nil {
				continue
			}
			if at > uint64(len(from)) || n > uint64(len(from))-at {
				f.short = true
				continue
			}
			if n == 0 && length == 0 {
				n = uint64(len(from)) - at
			}
			item.data = append(item.data, from[at:at+n])
			if total += n; total > 4*uint64(len(f.b))+1<<20 {
				p.short = true // they lie over each other, to take for ever
			}
		}
	}
}

// properties reads what the items are described by.
func (f *heifFile) properties(p *field) {
	list, cut := boxes(p.b)
	p.short = p.short || cut
	for _, x := range list {
		switch x.kind {
		case "ipco":
			f.props, cut = boxes(x.data)
			p.short = p.short || cut
		case "ipma":
			a := field{b: x.data}
			v, flags := a.full()
			for n := a.uint(4); n > 0 && !a.short; n-- {
				item := f.items[uint32(a.uint(size(v > 0, 4, 2)))]
				for k := a.uint(1); k > 0 && !a.short; k-- {
					i := int(a.uint(1)) & 0x7f
					if flags&1 != 0 {
						i = i<<8 | int(a.uint(1))
					}
					if item != nil && i > 0 {
						item.props = append(item.props, i-1)
					}
				}
			}
			p.short = p.short || a.short
		}
	}
}

// references reads which items belong together.
func (f *heifFile) references(p *field) {
	v, _ := p.full()
	list, cut := boxes(p.b)
	p.short = p.short || cut
	id := size(v > 0, 4, 2)
	for _, x := range list {
		r := field{b: x.data}
		from := f.items[uint32(r.uint(id))]
		for n := r.uint(2); n > 0 && !r.short; n-- {
			to := uint32(r.uint(id))
			if from != nil && x.kind == "dimg" {
				from.tiles = append(from.tiles, to)
			}
		}
		p.short = p.short || r.short
	}
}

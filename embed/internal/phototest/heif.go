package phototest

import "encoding/binary"

// HEIFOptions say how HEIC and AVIF pack a picture.
type HEIFOptions struct {
	Orientation int  // EXIF's number, 1 to 8; it becomes irot and imir
	Deep        bool // 10 bits for each sample
	Tile        int  // side of the tiles in pixels, a multiple of 64; 0: none
}

func (o HEIFOptions) depth() int {
	if o.Deep {
		return 10
	}
	return 8
}

// bt601 says that the colours are BT.601's, with all values.
var bt601 = box("colr", []byte("nclx\x00\x01\x00\x0d\x00\x06\x80"))

// heif is what a file is made of: its picture, or the tiles of it row by row, as a codec wrote them.
type heif struct {
	kind, brand     string // of the items and of the file
	config, colours []byte // boxes: the codec's configuration and the colour space
	coded           [][]byte
}

// file packs the coded parts of a picture that is stored with w × h pixels.
func (f *heif) file(w, h int, o HEIFOptions) []byte {
	tw, th := w, h
	if o.Tile > 0 {
		tw, th = o.Tile, o.Tile
	}
	cols, rows := (w+tw-1)/tw, (h+th-1)/th
	items, depth := f.coded, o.depth()
	props := [][]byte{ispe(tw, th), f.config, f.colours, // 1, 2, 3
		box("pixi", []byte{0, 0, 0, 0, 3, byte(depth), byte(depth), byte(depth)}), ispe(w, h)} // 4, 5
	turned := []byte{}
	// irot turns anticlockwise by quarters, then imir swaps top and bottom (0) or left and right (1).
	turns := [9][2]int{1: {0, -1}, 2: {0, 1}, 3: {2, -1}, 4: {0, 0}, 5: {1, 0}, 6: {3, -1}, 7: {3, 0}, 8: {1, -1}}
	turn := turns[max(1, o.Orientation)]
	if turn[0] > 0 {
		props = append(props, box("irot", []byte{byte(turn[0])}))
		turned = append(turned, 0x80|byte(len(props)))
	}
	if turn[1] >= 0 {
		props = append(props, box("imir", []byte{byte(turn[1])}))
		turned = append(turned, 0x80|byte(len(props)))
	}
	be := binary.BigEndian
	first := 1
	kinds := make([]string, len(items))
	for i := range kinds {
		kinds[i] = f.kind
	}
	var iref []byte
	if o.Tile > 0 {
		grid := be.AppendUint16(be.AppendUint16([]byte{0, 0, byte(rows - 1), byte(cols - 1)}, uint16(w)), uint16(h))
		items, kinds = append(items, grid), append(kinds, "grid")
		first = len(items)
		d := be.AppendUint16(be.AppendUint16(nil, uint16(first)), uint16(rows*cols))
		for i := range rows * cols {
			d = be.AppendUint16(d, uint16(i+1))
		}
		iref = box("iref", append([]byte{0, 0, 0, 0}, box("dimg", d)...))
	}
	var infe, ipma []byte
	for i, k := range kinds {
		id := be.AppendUint16(nil, uint16(i+1))
		infe = append(infe, box("infe", append(append([]byte{2, 0, 0, 0}, id...), "\x00\x00"+k+"\x00"...))...)
		mine := []byte{1, 0x82, 3, 4}
		if k == "grid" {
			mine = []byte{5, 3, 4}
		}
		if i+1 == first {
			mine = append(mine, turned...)
		}
		ipma = append(append(append(ipma, id...), byte(len(mine))), mine...)
	}
	count := be.AppendUint16(nil, uint16(len(items)))
	ftyp := box("ftyp", []byte(f.brand+"\x00\x00\x00\x00mif1"+f.brand))
	meta := func(at int) []byte {
		iloc := append([]byte{0, 0, 0, 0, 0x44, 0}, count...)
		for i, d := range items {
			iloc = append(be.AppendUint16(iloc, uint16(i+1)), 0, 0, 0, 1)
			iloc = be.AppendUint32(be.AppendUint32(iloc, uint32(at)), uint32(len(d)))
			at += len(d)
		}
		m := []byte{0, 0, 0, 0}
		m = append(m, box("hdlr", append([]byte("\x00\x00\x00\x00\x00\x00\x00\x00pict"), make([]byte, 13)...))...)
		m = append(m, box("pitm", be.AppendUint16([]byte{0, 0, 0, 0}, uint16(first)))...)
		m = append(m, box("iloc", iloc)...)
		m = append(m, box("iinf", append(append([]byte{0, 0, 0, 0}, count...), infe...))...)
		m = append(m, iref...)
		var ipco []byte
		for _, p := range props {
			ipco = append(ipco, p...)
		}
		n := be.AppendUint32([]byte{0, 0, 0, 0}, uint32(len(items)))
		return box("meta", append(m, box("iprp", append(box("ipco", ipco), box("ipma", append(n, ipma...))...))...))
	}
	file := append(ftyp, meta(len(ftyp)+len(meta(0))+8)...)
	var mdat []byte
	for _, d := range items {
		mdat = append(mdat, d...)
	}
	return append(file, box("mdat", mdat)...)
}

func box(kind string, data []byte) []byte {
	return append(append(binary.BigEndian.AppendUint32(nil, uint32(8+len(data))), kind...), data...)
}

func ispe(w, h int) []byte {
	be := binary.BigEndian
	return box("ispe", be.AppendUint32(be.AppendUint32([]byte{0, 0, 0, 0}, uint32(w)), uint32(h)))
}

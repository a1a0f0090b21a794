package main

import (
	"fmt"
	"math"
	"os"
	"time"
	"unsafe"

	"faceid/gallery/flat"
)

// compare takes turns with the peers on the index of all templates.
func compare(c *config, dir string, f *figures) error {
	path := indexFile(dir, c.n)
	x, err := flat.Open(path, &flat.Options{ReadOnly: true})
	if err != nil {
		return err
	}
	defer x.Close()
	probes, err := readRows(probeFile(dir), probeCount, c.d)
	if err != nil {
		return err
	}
	o := &flat.SearchOptions{K: c.k}
	ours := func(at, n int) ([][]flat.Match, float64, error) {
		start := time.Now()
		out, err := x.Search(ctx, probes[at:at+n], o)
		return out, ms(time.Since(start)), err
	}
	if _, _, err := ours(0, probeCount); err != nil {
		return err
	}
	names := []string{}
	var p *peer
	if !c.noPeers {
		names = append(names, "faiss", "usearch")
		if c.hnswlib {
			names = append(names, "hnswlib")
		}
		if p, err = startPeer(); err != nil {
			return err
		}
		defer p.close()
		loaded := map[string]any{}
		err := p.call(&loaded, map[string]any{"op": "load", "data": dataFile(dir), "probes": probeFile(dir),
			"threads": cores(), "peers": names})
		if err != nil {
			return err
		}
		fmt.Printf("FAISS %v IndexFlatIP, usearch %v exact search", loaded["faiss"], loaded["usearch"])
		if c.hnswlib {
			fmt.Printf(", hnswlib %v BFIndex (one thread per probe)", loaded["hnswlib"])
		}
		fmt.Printf("; ours: %s\n", x.Stats().Kernel)
		ch, err := runChild("index", path, 100)
		if err != nil {
			return err
		}
		if faiss, ok := loaded["faiss_rss"].(float64); ok && c.n == 1_000_000 && ch.RSS > 0 {
			r := faiss / float64(ch.RSS)
			f.ResidentVsFaiss = &r
			fmt.Printf("resident: ours %.0f MB (the whole process after 100 searches), FAISS %.0f MB (growth by the "+
				"index alone)\n", float64(ch.RSS)/1e6, faiss/1e6)
		}
	}
	v := &verdict{dir: dir, d: c.d, probes: probes}
	for _, n := range []int{1, 64} {
		rounds := c.rounds
		if n > 1 {
			rounds = max(3, rounds/3)
		}
		took := map[string][]float64{}
		for r := range rounds + 1 {
			at := r * n % (probeCount - n + 1)
			got, t, err := ours(at, n)
			if err != nil {
				return err
			}
			took["ours"] = append(took["ours"], t)
			for _, name := range names {
				if name != "faiss" && (n > 1 && name == "usearch" || r > max(3, rounds/3)) {
					continue // slow, and asked for one probe only
				}
				a, err := p.search(name, at, n, c.k)
				if err != nil {
					return err
				}
				took[name] = append(took[name], a.MS)
				if name == "faiss" {
					if err := v.add(at, got, a); err != nil {
						return err
					}
				}
			}
			if r == 0 {
				clear(took) // warm now
			}
		}
		our := median(took["ours"])
		fmt.Printf("%2d probes: ours %.2f ms", n, our)
		for _, name := range names {
			if t := took[name]; len(t) > 0 {
				ratio := median(t) / our
				fmt.Printf(", %s %.2f ms (%.2f ×)", name, median(t), ratio)
				switch {
				case c.n != 1_000_000:
				case n == 1 && name == "faiss":
					f.Search1MVsFaiss = &ratio
				case n == 1 && name == "usearch":
					f.Search1MVsUsearch = &ratio
				case name == "faiss":
					f.Batch64VsFaiss = &ratio
				}
			}
		}
		fmt.Println()
		if n == 1 {
			// High plane and two figures per row are read by every search; the low plane of some rows is not counted.
			read := float64(c.n) * (float64((c.d+127)/128*128)/2 + 8) / (our / 1e3)
			all := bandwidth()
			share := read / all
			f.BandwidthShare = &share
			fmt.Printf("reads %.1f GB/s of the %.1f that the cores can\n", read/1e9, all/1e9)
		}
	}
	if p != nil {
		ok := v.differ == 0
		f.Exact = &ok
		fmt.Printf("identical with FAISS: %v (%d ranks compared, %d the same, %d within its rounding, %d "+
			"different)\n\n", ok, v.same+v.close+v.differ, v.same, v.close, v.differ)
	}
	if f.Cold == nil && c.noStore {
		ch, err := runChild("index", path, 1)
		if err != nil {
			return err
		}
		f.Cold = &ch.MS
		fmt.Printf("cold open of the index and one search: %.0f ms\n", ch.MS)
	}
	return nil
}

// verdict compares ours with FAISS's answers by the reference scores of both.
type verdict struct {
	dir                 string
	d                   int
	probes              [][]float32
	same, close, differ int
}

// rounding is how far FAISS's float32 sums of 512 products of unit vectors are let off the reference.
const rounding = 2e-6

func (v *verdict) add(at int, got [][]flat.Match, a answer) error {
	for i, ms := range got {
		for r, m := range ms {
			id := a.IDs[i][r] // from 0
			ref := m.Score
			if id != m.Template-1 {
				row, err := readRow(dataFile(v.dir), id, v.d)
				if err != nil {
					return err
				}
				ref = flat.Score(v.probes[at+i], row)
			}
			switch {
			case math.Abs(a.Scores[i][r]-float64(ref)) > rounding || math.Abs(float64(ref-m.Score)) > rounding:
				v.differ++
			case id == m.Template-1:
				v.same++
			default:
				v.close++
			}
		}
		if len(ms) != len(a.IDs[i]) {
			v.differ++
		}
	}
	return nil
}

// readRow reads one row of a .npy file that createNPY wrote.
func readRow(path string, row int64, d int) ([]float32, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	head := make([]byte, 10)
	if _, err := f.ReadAt(head, 0); err != nil {
		return nil, err
	}
	v := make([]float32, d)
	_, err = f.ReadAt(unsafe.Slice((*byte)(unsafe.Pointer(&v[0])), 4*d),
		10+int64(head[8])+int64(head[9])<<8+row*4*int64(d))
	return v, err
}

func readRows(path string, n, d int) ([][]float32, error) {
	out := make([][]float32, n)
	for i := range out {
		var err error
		if out[i], err = readRow(path, int64(i), d); err != nil {
			return nil, err
		}
	}
	return out, nil
}

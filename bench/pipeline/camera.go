package main

import (
	"context"
	"fmt"
	"image"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/disintegration/imaging"

	"faceid/bench/internal/peers"
	"faceid/embed"
)

// place is where a face was put.
type place struct{ x, y, size int }

// camera compares with the Python peer on photos of 12 megapixels: with one large face each, and with groups of 24 of
// which every fourth is 40 pixels wide. It adds its figures to out.
func camera(lfw []string, pack string, mirror bool, rounds int, peer bool, out map[string]float64) error {
	dir, err := os.MkdirTemp("", "faceid-camera")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	var single, groups []string
	var places [][]place
	for i := range 12 {
		f := filepath.Join(dir, fmt.Sprintf("single%d.jpg", i))
		if err := peers.Portrait(f, lfw[(i*101)%len(lfw)], uint64(i)); err != nil {
			return err
		}
		single = append(single, f)
	}
	for i := range 4 {
		f := filepath.Join(dir, fmt.Sprintf("group%d.jpg", i))
		p, err := group(f, lfw, i)
		if err != nil {
			return err
		}
		groups, places = append(groups, f), append(places, p)
	}
	p, err := open(pack, mirror, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	fmt.Printf("photos of %d × %d pixels; libvips %q\n", peers.CameraW, peers.CameraH, embed.DecoderVersion())
	p.Select = embed.SelectAll
	if err := allFound(p, groups, places); err != nil {
		return err
	}
	rows := []struct {
		key, name, mode string
		pick            embed.Select
		files           []string
	}{
		{"camera", "one large face, the largest", "", embed.SelectLargest, single},
		{"camera_all", "one large face, every face of 40 pixels looked for", "", embed.SelectAll, single},
		{"group", "groups of 24, every face, against a peer with tiles", "tiles", embed.SelectAll, groups},
	}
	for _, r := range rows {
		p.Select = r.pick
		var peers []*python
		if peer && pack == "default" {
			for _, threads := range []int{0, 2} {
				q, err := startPython(pack, mirror, threads, r.mode)
				if err != nil {
					return err
				}
				defer q.close()
				peers = append(peers, q)
			}
		}
		var rate []float64
		vs := make([][]float64, len(peers))
		for k := -1; k < rounds; k++ {
			t, err := timeRun(p, r.files)
			if err != nil {
				return err
			}
			line := fmt.Sprintf("%s, round %d: %.1f photos/s", r.key, k, float64(len(r.files))/t.Seconds())
			for i, q := range peers {
				x, faces, err := q.run(r.files)
				if err != nil {
					return err
				}
				line += fmt.Sprintf(", Python %s %.1f (%d faces)", q.label, float64(len(r.files))/x, faces)
				if k >= 0 {
					vs[i] = append(vs[i], x/t.Seconds())
				}
			}
			fmt.Println(line)
			if k >= 0 {
				rate = append(rate, float64(len(r.files))/t.Seconds())
			}
		}
		fmt.Printf("%s: %.1f photos/s\n", r.name, median(rate))
		out[r.key+"_photos_per_s"] = round3(median(rate))
		for i, q := range peers {
			v := median(vs[i])
			fmt.Printf("%s: against Python, %s: %.2f\n", r.name, q.label, v)
			if old, ok := out[r.key+"_vs_python"]; !ok || v < old { // the better peer counts
				out[r.key+"_vs_python"] = round3(v)
			}
			q.close()
		}
	}
	// Memory: 500 photos, of a process of its own.
	c := self("", pack, mirror, "camera")
	c.Args = append(c.Args, "-files", dir)
	b, err := c.Output()
	if err != nil {
		return fmt.Errorf("memory: %w", err)
	}
	fmt.Print(string(b))
	lines := strings.Fields(string(b))
	out["rss_camera_mb"], err = strconv.ParseFloat(lines[len(lines)-1], 64)
	return err
}

// cameraChild runs over the photos of a folder until it has read 500, with two workers, and prints its memory.
func cameraChild(dir, pack string, mirror bool) error {
	files, err := filepath.Glob(filepath.Join(dir, "single*.jpg"))
	if err != nil || len(files) == 0 {
		return fmt.Errorf("no photos in %s: %v", dir, err)
	}
	var many []string
	for len(many) < 500 {
		many = append(many, files[len(many)%len(files)])
	}
	return memoryOf(many, pack, mirror, 2)
}

// allFound checks that every face put into the groups is found where it was put.
func allFound(p *embed.Pipeline, files []string, places [][]place) error {
	missing, all, more := 0, 0, 0
	for ph := range p.Run(context.Background(), embed.Files(files...)) {
		if ph.Err != nil {
			return ph.Err
		}
		used := map[int]bool{}
		for _, q := range places[ph.Index] {
			all++
			hit := false
			for i, f := range ph.Faces {
				x, y := int(f.Box.X0+f.Box.X1)/2, int(f.Box.Y0+f.Box.Y1)/2
				if !used[i] && abs(x-q.x) < q.size/2 && abs(y-q.y) < q.size/2 {
					used[i], hit = true, true
					break
				}
			}
			if !hit {
				missing++
			}
		}
		more += len(ph.Faces) - len(used)
	}
	fmt.Printf("groups: %d of %d faces found, and %d elsewhere\n", all-missing, all, more)
	return nil
}

func abs(x int) int { return max(x, -x) }

// group writes a photo of 24 faces in rows, and returns where they are. LFW's photos of 150 pixels hold a face of 55.
func group(file string, lfw []string, n int) ([]place, error) {
	var d *image.NRGBA
	var p []place
	for i := range 24 {
		m, err := imaging.Open(lfw[(7+n*1009+i*37)%len(lfw)])
		if err != nil {
			return nil, err
		}
		if d == nil {
			small := imaging.Fill(m, 60, 40, imaging.Top, imaging.Box)
			bg := imaging.Blur(imaging.Resize(small, peers.CameraW/8, peers.CameraH/8, imaging.Linear), 6)
			d = imaging.Resize(bg, peers.CameraW, peers.CameraH, imaging.Linear)
		}
		side := []int{108, 300, 400, 500}[(i+i/6+n)%4]
		x, y := 60+i%6*660, 40+i/6*660
		d = imaging.Paste(d, imaging.Resize(m, side, side, imaging.CatmullRom), image.Pt(x, y))
		p = append(p, place{x + side/2, y + side/2, side * 55 / 150})
	}
	return p, peers.Camera(file, d, uint64(n))
}

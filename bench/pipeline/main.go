// Command pipeline measures package embed on the photos of LFW, beside the models' sessions alone and beside a
// straightforward Python pipeline (peer.py) in the same run, with its memory and its cold start.
//
//	go run ./bench/pipeline [-lfw DIR] [-rounds 40] [-batch 60] [-mirror]
//
// The competitors take turns on the same batches, and each ratio is the median over the rounds, so that a machine that
// is slow for a while is slow for all. The last line is JSON: pipeline_vs_sessions, pipeline_vs_python, photos_per_s,
// rss_mb, verify_cold_vs_sessions; above 1 is ahead in the second, and the third is in photos per second.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"runtime"
	"slices"
	"time"

	"faceid/bench/internal/peers"
	"faceid/embed"
	"faceid/models"
)

func main() {
	log.SetFlags(0)
	lfw := flag.String("lfw", "", "folder of LFW's photos (default FACEID_SHARED/data/lfw/images, else "+
		"../shared/data/lfw/images)")
	pack := flag.String("pack", "default", "pack of models; the Python peer runs the default pack only")
	mirror := flag.Bool("mirror", true, "embed the mirrored view too")
	rounds := flag.Int("rounds", 40, "rounds of the comparison")
	batch := flag.Int("batch", 60, "photos per round")
	cold := flag.Int("cold", 15, "cold starts of each kind; 0: none")
	all := flag.Bool("memory", true, "run over all photos and sample the memory")
	peer := flag.Bool("python", true, "run the Python peer")
	big := flag.Int("camera", 10, "rounds of the comparison on photos of 12 megapixels; 0: none")
	folder := flag.String("files", "", "for the benchmark's own child processes")
	child := flag.String("child", "", "for the benchmark's own child processes")
	flag.Parse()
	if *child == "camera" {
		if err := cameraChild(*folder, *pack, *mirror); err != nil {
			log.Fatal(err)
		}
		return
	}
	if err := run(*child, *lfw, *pack, *mirror, *rounds, *batch, *cold, *big, *all, *peer); err != nil {
		log.Fatal(err)
	}
}

func run(child, lfw, pack string, mirror bool, rounds, batch, cold, big int, all, peer bool) error {
	files, err := peers.LFW(lfw, 2)
	if err != nil {
		return err
	}
	switch child {
	case "memory":
		return memoryChild(files, pack, mirror)
	case "sessions":
		return sessionsChild(pack)
	case "verify":
		return verifyChild(pack, mirror, files[0], files[1])
	}
	fmt.Printf("%d photos, pack %s, mirrored view %v, %d cores, %s/%s\n", len(files), pack, mirror,
		runtime.GOMAXPROCS(0), runtime.GOOS, runtime.GOARCH)
	p, err := open(pack, mirror, nil)
	if err != nil {
		return err
	}
	defer p.Close()
	p.Select = embed.SelectCentral
	fmt.Printf("ONNX Runtime %s\n", embed.RuntimeVersion())

	var peers []*python
	if peer && pack == "default" {
		for _, threads := range []int{0, runtime.GOMAXPROCS(0)} {
			q, err := startPython(pack, mirror, threads, "")
			if err != nil {
				return err
			}
			defer q.close()
			peers = append(peers, q)
		}
	}
	var vsSessions, rate, alone []float64
	vsPeer := make([][]float64, len(peers))
	for r := -1; r < rounds; r++ { // round -1 warms up
		at := max(0, r) * batch % max(1, len(files)-batch)
		part := files[at : at+min(batch, len(files)-at)]
		n := float64(len(part))
		t, err := timeRun(p, part)
		if err != nil {
			return err
		}
		s, err := p.SessionTime(len(part))
		if err != nil {
			return err
		}
		line := fmt.Sprintf("round %d: pipeline %.1f photos/s, its sessions alone %.1f", r, n/t.Seconds(),
			n/s.Seconds())
		var secs []float64
		for _, q := range peers {
			x, faces, err := q.run(part)
			if err != nil {
				return err
			}
			if faces < len(part)*95/100 {
				return fmt.Errorf("the Python peer found %d faces in %d photos", faces, len(part))
			}
			line += fmt.Sprintf(", Python %s %.1f", q.label, n/x)
			secs = append(secs, x)
		}
		fmt.Println(line)
		if r < 0 {
			continue
		}
		vsSessions = append(vsSessions, s.Seconds()/t.Seconds())
		rate = append(rate, n/t.Seconds())
		alone = append(alone, n/s.Seconds())
		for i, x := range secs {
			vsPeer[i] = append(vsPeer[i], x/t.Seconds())
		}
	}
	fmt.Printf("medians: pipeline %.1f photos/s, sessions alone %.1f\n", median(rate), median(alone))
	out := map[string]float64{"pipeline_vs_sessions": round3(median(vsSessions)), "photos_per_s": round3(median(rate))}
	for i, q := range peers {
		v := median(vsPeer[i])
		fmt.Printf("against Python, %s: %.2f\n", q.label, v)
		if old, ok := out["pipeline_vs_python"]; !ok || v < old { // the better peer counts
			out["pipeline_vs_python"] = round3(v)
		}
		q.close()
	}
	if all {
		mb, err := memory(lfw, pack, mirror)
		if err != nil {
			return err
		}
		out["rss_mb"] = round3(mb)
	}
	if cold > 0 {
		v, err := coldStart(lfw, pack, mirror, cold, files[0], files[1])
		if err != nil {
			return err
		}
		out["verify_cold_vs_sessions"] = round3(v)
	}
	if big > 0 {
		if err := camera(files, pack, mirror, big, peer, out); err != nil {
			return err
		}
	}
	b, err := json.Marshal(out)
	if err != nil {
		return err
	}
	fmt.Println(string(b))
	return nil
}

func store() (*models.Store, error) {
	return models.Open(&models.Options{Notify: func(s string) { log.Print(s) }})
}

func open(pack string, mirror bool, o *embed.OpenOptions) (*embed.Pipeline, error) {
	s, err := store()
	if err != nil {
		return nil, err
	}
	pk, err := s.Pack(pack)
	if err != nil {
		return nil, err
	}
	if o == nil {
		o = &embed.OpenOptions{}
	}
	o.Mirror = mirror
	return embed.Open(context.Background(), s, pk, o)
}

func timeRun(p *embed.Pipeline, files []string) (time.Duration, error) {
	start := time.Now()
	none := 0
	for ph := range p.Run(context.Background(), embed.Files(files...)) {
		if ph.Err != nil {
			return 0, ph.Err
		}
		if len(ph.Faces) == 0 {
			none++
		}
	}
	if none > len(files)/20 {
		return 0, fmt.Errorf("no face in %d of %d photos", none, len(files))
	}
	return time.Since(start), nil
}

func median(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	v = slices.Sorted(slices.Values(v))
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

func round3(x float64) float64 { return float64(int64(x*1000+0.5)) / 1000 }

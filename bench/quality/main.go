// Command quality measures what package embed makes of photos as people have them: spoilt, turned, cropped tightly,
// large.
//
//	go run ./bench/quality [-lfw DIR] [-pack default] [-n 300] [-share 1] [-parts poor,turned,view2,crops,scenes]
//	go run ./bench/quality -learn
//
// The photos are of LFW's View 1 test people, and View 2's where that is the protocol; settings were chosen on View
// 1's training people and, for the quality figure and embed.Caution, on other kinds of spoiling (-learn makes the
// one and shows what the other does; -parts taught is poor on what they were chosen on). What was embedded is kept
// in the cache until the program or the models change, so that a run that was stopped goes on where it was. The last
// line is JSON, of the parts that were measured:
//
//	far_ratio_worst  the highest false accept rate of a kind and strength, of the pairs that still get an answer at
//	                 the threshold for 1e-3, divided by 1e-3; sets with fewer than 1,000 such pairs count as none
//	clean_refused    share of clean photos that are too poor to tell
//	turned_right     share of photos in all four turns whose points lie where they lie in the upright photo
//	turned_view2     accuracy on View 2 with one photo of each pair turned at random
//	crop_tar_loss    TAR at FAR 1e-3 on View 2's whole photos less that on crops of 1.1 times the face's box
//	false_faces      faces where none are in 54 renditions of the sample photos at 5, 12 and 24 megapixels
//	faces_lost       share of LFW's faces, put into scenes of 12 megapixels, that are found in their own photo alone
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"time"

	"faceid/embed"
	"faceid/models"
)

func main() {
	log.SetFlags(0)
	lfw := flag.String("lfw", "", "folder of LFW (default FACEID_SHARED/data/lfw, else ../shared/data/lfw)")
	pack := flag.String("pack", "default", "pack of models")
	n := flag.Int("n", 300, "photos per spoilt set")
	parts := flag.String("parts", "poor,turned,view2,crops,scenes", "what to measure")
	share := flag.Float64("share", 1, "of the photos, pairs and renditions that are measured, from 0 to 1")
	teach := flag.Bool("learn", false, "make the quality figure of the pack's embedder instead")
	flag.Parse()
	if *lfw == "" {
		shared := os.Getenv("FACEID_SHARED")
		if shared == "" {
			shared = filepath.Join("..", "shared")
		}
		*lfw = filepath.Join(shared, "data", "lfw")
	}
	if err := run(*lfw, *pack, *parts, *n, *share, *teach); err != nil {
		log.Fatal(err)
	}
}

func run(lfw, pack, parts string, n int, share float64, teach bool) error {
	store, err := models.Open(nil)
	if err != nil {
		return err
	}
	entry, err := store.Pack(pack)
	if err != nil {
		return err
	}
	p, err := embed.Open(context.Background(), store, entry, &embed.OpenOptions{Mirror: !teach})
	if err != nil {
		return err
	}
	defer p.Close()
	p.Select = embed.SelectCentral
	if teach {
		return learn(p, lfw, n)
	}
	b, err := newBench(p, lfw, pack, share)
	if err != nil {
		return err
	}
	var r struct {
		Worst    *float64 `json:"far_ratio_worst,omitempty"`
		Refused  *float64 `json:"clean_refused,omitempty"`
		Right    *float64 `json:"turned_right,omitempty"`
		View2    *float64 `json:"turned_view2,omitempty"`
		CropLoss *float64 `json:"crop_tar_loss,omitempty"`
		False    *int     `json:"false_faces,omitempty"`
		Lost     *float64 `json:"faces_lost,omitempty"`
	}
	for _, part := range strings.Split(parts, ",") {
		began := time.Now()
		switch part {
		case "poor":
			var worst, refused float64
			worst, refused, err = b.poor(judged, b.of(n))
			r.Worst, r.Refused = &worst, &refused
		case "taught":
			_, _, err = b.poor(taught, b.of(n))
		case "turned":
			var right float64
			right, err = b.turned(b.of(1000))
			r.Right = &right
		case "view2":
			var accuracy float64
			accuracy, err = b.turnedView2()
			r.View2 = &accuracy
		case "crops":
			var loss float64
			loss, err = b.crops()
			r.CropLoss = &loss
		case "scenes":
			var extra int
			var lost float64
			if extra, err = b.samples(store); err == nil {
				lost, err = b.scenes(b.of(2000))
			}
			r.False, r.Lost = &extra, &lost
		default:
			err = fmt.Errorf("-parts %s: parts are poor, taught, turned, view2, crops and scenes", parts)
		}
		if err != nil {
			return err
		}
		log.Printf("%s: %.0f s", part, time.Since(began).Seconds())
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

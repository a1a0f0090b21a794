// Command quality measures what package embed makes of photos as people have them: spoilt, turned, cropped tightly,
// large.
//
//	go run ./bench/quality [-lfw DIR] [-pack default] [-n 300]
//	go run ./bench/quality -learn
//
// The photos are of LFW's View 1 test people, and View 2's where that is the protocol; settings were chosen on View 1's
// training people and, for the quality figure, on other kinds of spoiling (-learn makes it). The last line is JSON:
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

	"faceid/embed"
	"faceid/models"
)

func main() {
	log.SetFlags(0)
	lfw := flag.String("lfw", "", "folder of LFW (default FACEID_SHARED/data/lfw, else ../shared/data/lfw)")
	pack := flag.String("pack", "default", "pack of models")
	n := flag.Int("n", 300, "photos per spoilt set")
	parts := flag.String("parts", "poor,turned,crops,scenes", "what to measure")
	teach := flag.Bool("learn", false, "make the quality figure of the pack's embedder instead")
	flag.Parse()
	if *lfw == "" {
		shared := os.Getenv("FACEID_SHARED")
		if shared == "" {
			shared = filepath.Join("..", "shared")
		}
		*lfw = filepath.Join(shared, "data", "lfw")
	}
	if err := run(*lfw, *pack, *parts, *n, *teach); err != nil {
		log.Fatal(err)
	}
}

func run(lfw, pack, parts string, n int, teach bool) error {
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
	var r struct {
		Worst    float64 `json:"far_ratio_worst"`
		Refused  float64 `json:"clean_refused"`
		Right    float64 `json:"turned_right"`
		View2    float64 `json:"turned_view2"`
		CropLoss float64 `json:"crop_tar_loss"`
		False    int     `json:"false_faces"`
		Lost     float64 `json:"faces_lost"`
	}
	if strings.Contains(parts, "poor") {
		if r.Worst, r.Refused, err = poor(p, lfw, n); err != nil {
			return err
		}
	}
	if strings.Contains(parts, "turned") {
		if r.Right, err = turned(p, lfw, 1000); err != nil {
			return err
		}
		if r.View2, _, err = view2(p, lfw, "turned", anyTurn); err != nil {
			return err
		}
	}
	if strings.Contains(parts, "crops") {
		_, whole, err := view2(p, lfw, "whole photos", nil)
		if err != nil {
			return err
		}
		for _, times := range []float32{1, 1.1, 1.25} {
			_, tar, err := view2(p, lfw, fmt.Sprintf("crops × %g", times), cropped(times))
			if err != nil {
				return err
			}
			if times == 1.1 {
				r.CropLoss = whole - tar
			}
		}
	}
	if strings.Contains(parts, "scenes") {
		if r.False, err = samples(p, store); err != nil {
			return err
		}
		if r.Lost, err = scenes(p, lfw, 2000); err != nil {
			return err
		}
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

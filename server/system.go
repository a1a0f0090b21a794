package server

import (
	"runtime"
	"runtime/debug"

	"faceid/embed"
	"faceid/models"
	"faceid/recognize"
	"faceid/recognize/doctor"
)

type statusJSON struct {
	Status string `json:"status"`
}

type modelsJSON struct {
	Models []modelJSON `json:"models"`
}

type doctorJSON struct {
	OK       bool          `json:"ok"`
	Findings []findingJSON `json:"findings"`
}

func (c *call) health() error { return c.reply(200, statusJSON{"ok"}) }

type systemJSON struct {
	Version  string `json:"version"`
	Go       string `json:"go"`
	Runtime  string `json:"onnx_runtime"` // "": not loaded yet
	Provider string `json:"provider"`
	Decoder  string `json:"decoder"` // libvips; "": Go's
	Cores    int    `json:"cores"`
	Photos   bool   `json:"keeps_photos"`
	Limits   struct {
		Photo   int64 `json:"photo_bytes"`
		Body    int64 `json:"body_bytes"`
		Pixels  int64 `json:"photo_pixels"`
		Photos  int   `json:"photos"`
		Seconds int   `json:"seconds"`
	} `json:"limits"`
}

func (c *call) system() error {
	s := systemJSON{
		Version:  "unknown",
		Go:       runtime.Version(),
		Runtime:  embed.RuntimeVersion(),
		Provider: embed.Provider(),
		Decoder:  embed.DecoderVersion(),
		Cores:    runtime.GOMAXPROCS(0),
		Photos:   c.h.KeepsPhotos(),
	}
	if info, ok := debug.ReadBuildInfo(); ok {
		s.Version = info.Main.Version
	}
	l := c.h.Limits()
	s.Limits.Photo, s.Limits.Body, s.Limits.Pixels, s.Limits.Photos = l.Photo, l.Body, l.Pixels, l.Photos
	s.Limits.Seconds = int(l.Time.Seconds())
	return c.reply(200, s)
}

type modelJSON struct {
	Name       string             `json:"name"`
	Role       models.Role        `json:"role"`
	SHA256     string             `json:"sha256"`
	License    models.License     `json:"license"`
	Here       bool               `json:"here"` // its file is at hand
	Thresholds []models.Threshold `json:"thresholds,omitempty"`
}

func (c *call) models() error {
	list := []modelJSON{}
	err := c.use(func(r *recognize.Recognizer) error {
		for _, s := range r.Models().List() {
			e := s.Entry
			if e.Role == models.RoleDetector || e.Role == models.RoleLandmarks || e.Role == models.RoleEmbedder {
				list = append(
					list,
					modelJSON{e.Name, e.Role, e.SHA256, e.License, s.State != models.Missing, e.Thresholds},
				)
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	return c.reply(200, modelsJSON{list})
}

type findingJSON struct {
	What string `json:"what"`
	Says string `json:"says,omitempty"`
	OK   bool   `json:"ok"`
	Err  string `json:"error,omitempty"`
}

// doctor tests the library, the models and the collection.
func (c *call) doctor() error {
	found, ok := []findingJSON{}, true
	err := c.work(func(r *recognize.Recognizer) error {
		for f := range doctor.Examine(c.ctx, r) {
			j := findingJSON{What: f.What, Says: f.Says, OK: f.Err == nil}
			if f.Err != nil {
				j.Err, ok = f.Err.Error(), false
			}
			found = append(found, j)
			if c.events != nil {
				c.events.send("finding", j)
			}
		}
		return c.ctx.Err()
	})
	if err != nil {
		return err
	}
	return c.reply(200, doctorJSON{ok, found})
}

package server

import (
	"errors"
	"io/fs"
	"net/http"
	"time"

	"faceid/gallery"
	"faceid/recognize"
	"faceid/recognize/rejection"
	"faceid/server/host"
)

// info describes a collection.
func (c *call) info(name string) (infoJSON, error) {
	out := infoJSON{Name: name, Exact: true}
	err := c.h.Use(c.ctx, name, func(r *recognize.Recognizer) error {
		e, err := r.Gallery(c.ctx)
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		i, t, err := rejection.Count(c.ctx, e)
		if err != nil {
			return err
		}
		out.People, out.Faces, out.Model, out.Engine, out.Exact = t.People, t.Templates, &i.Model, i.Engine, i.Exact
		if keep, ok := e.(gallery.Calibrator); ok {
			cal, err := keep.Calibration(c.ctx)
			out.Calibrated = cal != nil
			return err
		}
		return nil
	})
	return out, err
}

func (c *call) listCollections() error {
	names, err := c.h.Collections()
	if err != nil {
		return err
	}
	list := []infoJSON{}
	for _, name := range names {
		if c.who.May(host.Read, name) != nil {
			continue
		}
		i, err := c.info(name)
		if f := (*host.Fault)(nil); errors.As(err, &f) && f.Status == http.StatusNotFound {
			continue // removed since
		}
		if err != nil {
			return err
		}
		list = append(list, i)
	}
	return c.reply(200, collectionsJSON{list})
}

func (c *call) createCollection() error {
	name, err := c.form.Text("name")
	if err != nil {
		return err
	}
	if err := c.who.May(host.Admin, name); err != nil {
		return err
	}
	if err := c.h.Create(c.ctx, name); err != nil {
		return err
	}
	i, err := c.info(name)
	if f := (*host.Fault)(nil); errors.As(err, &f) && f.Status == http.StatusNotFound {
		i, err = infoJSON{Name: name, Exact: true}, nil // dropped since by somebody else
	}
	if err != nil {
		return err
	}
	c.w.Header().Set("Location", "/v1/collections/"+name)
	return c.reply(201, i)
}

func (c *call) showCollection() error {
	i, err := c.info(c.name)
	if err != nil {
		return err
	}
	return c.reply(200, i)
}

func (c *call) dropCollection() error {
	receipt, err := c.h.Drop(c.ctx, c.name)
	if err != nil {
		return err
	}
	return c.reply(200, receipt)
}

func (c *call) calibration() error {
	return c.withGallery(func(_ *recognize.Recognizer, e gallery.Engine) error {
		keep, ok := e.(gallery.Calibrator)
		if !ok {
			return c.reply(200, calibrationJSON{})
		}
		cal, err := keep.Calibration(c.ctx)
		if err != nil {
			return err
		}
		return c.reply(200, calibrationJSON{cal.Shown()})
	})
}

// calibrate sets thresholds by the people enrolled.
func (c *call) calibrate() error {
	return c.work(func(r *recognize.Recognizer) error {
		host.Report(c.ctx, "people compared", 0, 0)
		cal, err := r.Calibrate(c.ctx, nil)
		if err != nil {
			return err
		}
		host.Note(c.ctx, "calibrate", c.name, nil, nil)
		return c.reply(200, calibrationJSON{cal.Shown()})
	})
}

// export streams the collection as JSON Lines. What goes wrong on the way cuts the stream off, which clients notice.
func (c *call) export() error {
	numbers, err := c.flag("numbers")
	if err != nil {
		return err
	}
	noTrunk, err := c.flag("no_trunk")
	if err != nil {
		return err
	}
	return c.withGallery(func(_ *recognize.Recognizer, e gallery.Engine) error {
		host.Note(c.ctx, "export", c.name, nil, nil) // before a byte of it leaves
		http.NewResponseController(c.w).SetWriteDeadline(time.Time{})
		c.w.Header().Set("Content-Type", "application/x-ndjson")
		c.w.Header().Set("Content-Disposition", `attachment; filename="`+c.name+`.jsonl"`)
		err := gallery.ExportJSONL(c.ctx, e, c.w, &gallery.TransferOptions{Numbers: numbers, NoTrunk: noTrunk})
		if err != nil {
			c.h.Log().Error("export ended early", "request_id", host.RequestID(c.ctx), "error", err.Error())
			panic(http.ErrAbortHandler)
		}
		return nil
	})
}

// importInto adds the people of an export, read from the body as it comes. What is there already is recognised, so an
// import that was interrupted is done again.
func (c *call) importInto() error {
	http.NewResponseController(c.w).SetReadDeadline(time.Time{})
	return c.use(func(r *recognize.Recognizer) error {
		e, err := r.Gallery(c.ctx)
		if errors.Is(err, fs.ErrNotExist) {
			p, perr := r.Pipeline(c.ctx)
			if perr != nil {
				return perr
			}
			e, err = r.GalleryFor(c.ctx, p.Model())
		}
		if err != nil {
			return err
		}
		o := &gallery.TransferOptions{Progress: func(done, total int) { host.Report(c.ctx, "faces read", done, total) }}
		done, err := gallery.ImportJSONL(c.ctx, e, c.r.Body, o)
		if done.Created+done.Added > 0 {
			host.Note(c.ctx, "import", c.name, nil, nil)
		}
		if err != nil {
			return err
		}
		if err := r.Recalibrate(c.ctx); err != nil {
			return err
		}
		return c.reply(200, done)
	})
}

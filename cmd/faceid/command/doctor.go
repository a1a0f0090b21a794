package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"
	"time"

	"github.com/spf13/cobra"

	"faceid/embed"
	"faceid/gallery/flat"
	"faceid/internal/gemm"
	"faceid/models"
	"faceid/recognize"
)

// doctorLine is one finding.
type doctorLine struct {
	What string `json:"what"`
	OK   bool   `json:"ok"`
	Says string `json:"says"`
	Next string `json:"next,omitempty"` // what to do where OK is false
}

func newDoctor(_ *app, run func(context.Context) error) *cobra.Command {
	cmd := bare("doctor", "Say what is installed, what this machine can do, and test it", run)
	cmd.Long = "Exit code 0: everything works; 2: something does not, and the line says what to do."
	return cmd
}

func (a *app) doctor(ctx context.Context) error {
	bad := 0
	say := func(what string, err error, says string) {
		l := doctorLine{What: what, OK: err == nil, Says: says}
		if err != nil {
			bad++
			l.Says, l.Next = err.Error(), hintOf(err)
		}
		if a.json {
			_ = a.printJSON(l)
			return
		}
		mark := "ok  "
		if !l.OK {
			mark = "FAIL"
		}
		a.printf("%s  %-13s  %s\n", mark, l.What, l.Says)
		if l.Next != "" {
			a.printf("      %s\n", l.Next)
		}
	}
	say("program", nil, fmt.Sprintf("faceid %s, %s/%s, %d cores", version(), runtime.GOOS, runtime.GOARCH, runtime.GOMAXPROCS(0)))
	say("kernels", nil, fmt.Sprintf("search: %s; matrix product: %s", flat.Kernels()[0], gemm.Kernel()))
	s, err := a.models(false)
	if err != nil {
		say("models", err, "")
		return errReported
	}
	lib, err := s.Runtime(ctx, a.ort)
	say("library", err, lib)
	if err == nil {
		err = embed.Init(lib)
		say("ONNX Runtime", err, fmt.Sprintf("version %s, provider %s", embed.RuntimeVersion(), embed.Provider()))
	}
	list, err := s.Verify(ctx)
	for _, st := range list {
		switch {
		case st.State == models.Corrupt:
			say("model", withHint(fmt.Errorf("%s is damaged: %s", st.Entry.Name, st.Path), "faceid models pull "+st.Entry.Name), "")
		case st.State != models.Missing && st.Entry.Role != models.RoleSample && st.Entry.Role != models.RoleRuntime:
			say("model", nil, fmt.Sprintf("%s (%s, %s): checksum right, licence %s", st.Entry.Name, st.Entry.Role, st.State, st.Entry.License.ID))
		}
	}
	if err != nil {
		say("models", err, "")
	}
	start := time.Now()
	p, err := a.selfTest(ctx)
	if err != nil {
		say("self-test", err, "")
	} else {
		loaded := time.Since(start)
		start = time.Now()
		crop := embed.NewImage(embed.CropSize, embed.CropSize)
		_, err = p.Embedder.Embed([]*embed.Image{crop}, true)
		say("self-test", err, fmt.Sprintf("%s + %s answer as stored; loaded in %d ms, one face with its mirrored view takes %d ms",
			p.Pack.Detector, p.Pack.Embedder, loaded.Milliseconds(), time.Since(start).Milliseconds()))
	}
	a.doctorGallery(ctx, say)
	if bad > 0 {
		return errReported
	}
	return nil
}

// selfTest opens the default pipeline, which compares the models' answers with the stored ones.
func (a *app) selfTest(ctx context.Context) (*recognize.Pipeline, error) {
	r, err := a.recognizer(ctx, viewFlags{}, recognize.Options{})
	if err != nil {
		return nil, err
	}
	return r.Pipeline(ctx)
}

func (a *app) doctorGallery(ctx context.Context, say func(string, error, string)) {
	r, err := a.withGallery(ctx, viewFlags{})
	if err != nil {
		say("gallery", err, "")
		return
	}
	e, err := r.Gallery(ctx)
	if errors.Is(err, fs.ErrNotExist) {
		say("gallery", nil, a.galleryName()+": none yet")
		return
	}
	if err != nil {
		say("gallery", err, "")
		return
	}
	info, err := e.Info(ctx)
	if err == nil && !recognize.IsAddress(a.galleryName()) {
		if st, serr := os.Stat(a.galleryName()); serr == nil && runtime.GOOS != "windows" && st.Mode().Perm()&0o077 != 0 {
			err = withHint(fmt.Errorf("%s can be read by others (mode %04o)", a.galleryName(), st.Mode().Perm()), "chmod 600 "+a.galleryName())
		}
	}
	if err == nil {
		err = r.ModelHere(info.Model)
	}
	say("gallery", err, fmt.Sprintf("%s: %s, %s of %s", a.galleryName(), plural(info.People, "person", "people"), plural(info.Templates, "template", "templates"), info.Model.Name))
}

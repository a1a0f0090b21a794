package command

import (
	"context"
	"errors"
	"log/slog"
	"net"

	"github.com/spf13/cobra"

	"faceid/recognize"
	"faceid/server"
	"faceid/server/host"
)

type serveOptions struct {
	host host.Options
	run  server.Options
	view viewFlags
}

func newServe(a *app, run func(context.Context, *serveOptions) error) *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer over HTTP: a native API, and the protocols of CompreFace and AWS Rekognition",
		Long: `Listens on this machine and answers over HTTP with the decisions of the command line. Without a key it
refuses to listen elsewhere. --gallery is the collection "default"; others are files in --data.`,
		Example: `  faceid serve
  curl -F image=@door.jpg http://127.0.0.1:8000/v1/collections/default/identify
  faceid serve key add door --scope read && faceid serve --listen :8000`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.view.check(); err != nil {
				return err
			}
			if (o.run.Cert == "") != (o.run.Key == "") {
				return errors.New("--tls-cert and --tls-key go together")
			}
			return run(cmd.Context(), &o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.run.Listen, "listen", "127.0.0.1:8000", "the `HOST:PORT` to listen on")
	f.StringVar(&o.host.Data, "data", host.DefaultData(), "the `FOLDER` of further collections")
	f.BoolVar(&o.host.KeepPhotos, "keep-photos", false, "keep and show the photos that people are enrolled from")
	f.StringVar(&o.host.S3Root, "s3-root", "",
		"the `FOLDER` whose BUCKET/NAME are read where a Rekognition client names an object in S3")
	f.StringVar(&o.run.Cert, "tls-cert", "", "the `FILE` of a TLS certificate")
	f.StringVar(&o.run.Key, "tls-key", "", "the `FILE` of its key")
	f.IntVar(&o.host.Queue, "queue", 0,
		"requests that may wait, beyond which clients are told to come back (default: 16 per worker)")
	f.BoolVar(&o.host.Insecure, "insecure-no-auth", false,
		"let EVERYBODY in who reaches the server, though there is no key")
	o.view.add(f)
	cmd.PersistentFlags().StringVar(&a.keys, "keys", host.DefaultKeys(), "the `FILE` of keys")
	cmd.PersistentFlags().StringVar(&a.audit, "audit", host.DefaultAudit(), "the `FILE` of the audit log")
	cmd.AddCommand(newServeKey(a), newServeAudit(a))
	return cmd
}

// newServeAudit looks at the log that a flag of serve names.
func newServeAudit(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "audit", Short: "Look at the log of who changed what, and about whom"}
	cmd.AddCommand(newServeAuditVerify(a, a.serveAuditVerify))
	return group(cmd)
}

func (a *app) serve(ctx context.Context, o *serveOptions) (err error) {
	o.host.Gallery, o.host.Keys, o.host.Audit, o.host.Workers = a.galleryName(), a.keys, a.audit, o.view.workers
	o.host.Recognize = a.options(o.view, recognize.Options{})
	o.host.Log = slog.New(slog.NewJSONHandler(a.err, nil))
	if o.run.Listener, err = server.Listen(ctx, o.run.Listen); err != nil {
		return err
	}
	defer o.run.Listener.Close()
	h, err := host.Open(&o.host)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	o.run.Ready = func(at net.Addr) {
		h.Log().Info("listening", "address", at.String(), "keys", h.Asks())
		if h.Insecure() && !h.Asks() {
			h.Log().Warn("EVERYBODY WHO REACHES THIS ADDRESS MAY READ, CHANGE AND DELETE EVERYTHING: " +
				"--insecure-no-auth")
		}
	}
	return server.Run(ctx, h, &o.run)
}

// newServeKey is the commands that change the keys; where these are, a flag of serve says.
func newServeKey(a *app) *cobra.Command {
	cmd := &cobra.Command{Use: "key", Short: "Make, list and revoke the keys that requests need"}
	cmd.AddCommand(newServeKeyAdd(a, a.serveKeyAdd), newServeKeyList(a, a.serveKeyList),
		newServeKeyRevoke(a, a.serveKeyRevoke))
	return group(cmd)
}

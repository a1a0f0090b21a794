package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"faceid/gallery"
)

func newGallery(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "gallery",
		Short: "List, change, check, move and migrate the enrolled people",
	}
	cmd.AddCommand(newGalleryList(a), newGalleryShow(a), newGalleryRename(a), newGalleryRemove(a), newGalleryStats(a),
		newGalleryCheck(a), newGalleryCompact(a), newGalleryExport(a), newGalleryImport(a), newGalleryCopy(a), newGalleryMigrate(a))
	return group(cmd)
}

// personLine is what list and show print of a person with --json.
type personLine struct {
	gallery.Person
	Templates []templateLine `json:"templates,omitempty"`
}

type templateLine struct {
	ID      int64           `json:"id"`
	Source  gallery.Source  `json:"source"`
	Quality gallery.Quality `json:"quality"`
	Trunk   bool            `json:"trunk"` // can follow a fine-tuned model without the photo
}

func newGalleryList(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List the people enrolled",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e, err := a.openGallery(cmd.Context(), nil)
			if err != nil {
				return err
			}
			out := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
			for p, err := range e.People(cmd.Context()) {
				if err != nil {
					return err
				}
				if a.json {
					if err := a.printJSON(p); err != nil {
						return err
					}
					continue
				}
				fmt.Fprintf(out, "#%d\t%s\t%s\t%s\n", p.ID, p.Name, p.Created.Local().Format("2006-01-02 15:04"), p.Metadata)
			}
			return out.Flush()
		},
	}
}

func newGalleryShow(a *app) *cobra.Command {
	return &cobra.Command{
		Use:   "show PERSON...",
		Short: "Show people by name or #id, with their templates",
		Args:  cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := a.openGallery(cmd.Context(), nil)
			if err != nil {
				return err
			}
			for _, arg := range args {
				p, err := findPerson(cmd.Context(), e, arg)
				if err != nil {
					return err
				}
				line := personLine{Person: p}
				for t, err := range e.Templates(cmd.Context(), p.ID) {
					if err != nil {
						return err
					}
					line.Templates = append(line.Templates, templateLine{ID: t.ID, Source: t.Source, Quality: t.Quality, Trunk: t.Trunk != nil})
				}
				if a.json {
					if err := a.printJSON(line); err != nil {
						return err
					}
					continue
				}
				a.printf("#%d %s\n", p.ID, p.Name)
				if p.Metadata != nil {
					a.printf("  %s\n", p.Metadata)
				}
				for _, t := range line.Templates {
					a.printf("  template %d  %.0f px, sharpness %.2f, frontal %.2f  %s\n", t.ID, t.Quality.Size, t.Quality.Sharpness, t.Quality.Frontal, t.Source.Path)
				}
			}
			return nil
		},
	}
}

func newGalleryRename(a *app) *cobra.Command {
	var metadata string
	cmd := &cobra.Command{
		Use:     "rename PERSON NEW-NAME",
		Short:   "Give a person another name, and metadata",
		Example: `  faceid gallery rename "#3" "Ada Lovelace" --metadata '{"badge": 17}'`,
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := a.openGallery(cmd.Context(), nil)
			if err != nil {
				return err
			}
			p, err := findPerson(cmd.Context(), e, args[0])
			if err != nil {
				return err
			}
			old := p.Name
			p.Name = args[1]
			if metadata != "" {
				p.Metadata = json.RawMessage(metadata)
			}
			if err := e.Update(cmd.Context(), p); err != nil {
				return err
			}
			if a.json {
				return a.printJSON(p)
			}
			a.printf("#%d %s is now %s\n", p.ID, old, p.Name)
			return nil
		},
	}
	cmd.Flags().StringVar(&metadata, "metadata", "", "a JSON `OBJECT` that replaces the person's metadata")
	return cmd
}

func newGalleryRemove(a *app) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:     "remove PERSON...",
		Aliases: []string{"rm", "delete", "forget"},
		Short:   "Delete people with every trace of them: templates, trunk features, index, metadata",
		Args:    cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			e, err := a.openGallery(cmd.Context(), nil)
			if err != nil {
				return err
			}
			var people []gallery.Person
			var ids []int64
			for _, arg := range args {
				p, err := findPerson(cmd.Context(), e, arg)
				if err != nil {
					return err
				}
				if !slices.Contains(ids, p.ID) { // one may be named twice, by name and by #id
					people = append(people, p)
					ids = append(ids, p.ID)
				}
			}
			if !yes && !(a.inTTY && a.errTTY) {
				return withHint(errors.New("nothing was deleted: there is no terminal to ask on"), "--yes deletes without asking")
			}
			if !yes {
				names := make([]string, len(people))
				for i, p := range people {
					names[i] = fmt.Sprintf("#%d %s", p.ID, p.Name)
				}
				fmt.Fprintf(a.err, "Delete %s for good? [y/N] ", strings.Join(names, ", "))
				answer, _ := bufio.NewReader(a.in).ReadString('\n')
				if !strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "y") {
					return withHint(fmt.Errorf("nothing was deleted"), "answer y, or use --yes")
				}
			}
			if err := e.Remove(cmd.Context(), ids...); err != nil {
				return err
			}
			for _, p := range people {
				if a.json {
					if err := a.printJSON(struct {
						Removed gallery.Person `json:"removed"`
					}{p}); err != nil {
						return err
					}
				}
				a.printf("removed #%d %s\n", p.ID, p.Name)
			}
			return nil
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

// findPerson resolves "#ID" or an exact name that one person has.
func findPerson(ctx context.Context, e gallery.Engine, arg string) (gallery.Person, error) {
	if rest, ok := strings.CutPrefix(arg, "#"); ok {
		if id, err := strconv.ParseInt(rest, 10, 64); err == nil {
			for p, err := range e.People(ctx) {
				if err != nil {
					return gallery.Person{}, err
				}
				if p.ID == id {
					return p, nil
				}
			}
			return gallery.Person{}, withHint(fmt.Errorf("%w: %s", gallery.ErrNoPerson, arg), "faceid gallery list shows everybody")
		}
	}
	found, err := e.Find(ctx, arg)
	if err != nil {
		return gallery.Person{}, err
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return gallery.Person{}, withHint(fmt.Errorf("%w: %q", gallery.ErrNoPerson, arg), "names are matched exactly; faceid gallery list shows everybody")
	}
	ids := make([]string, len(found))
	for i, p := range found {
		ids[i] = fmt.Sprintf("\"#%d\"", p.ID)
	}
	sort.Strings(ids)
	return gallery.Person{}, withHint(fmt.Errorf("%d people are named %q", len(found), arg), "say which one: "+strings.Join(ids, ", "))
}

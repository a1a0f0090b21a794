package finetune

import (
	_ "embed"
	"html/template"
	"io"
)

//go:embed page.html
var pageText string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// WriteHTML writes the report as one self-contained page for readers who never trained a model.
func (r *Report) WriteHTML(w io.Writer) error { return pageTemplate.Execute(w, r) }

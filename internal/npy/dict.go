package npy

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parse reads the header's Python dictionary, with its three keys in any order.
func (h *Header) parse(s string) error {
	p := dict{s: s}
	p.want("{")
	seen := 0
	for p.err == nil && !p.take("}") {
		key := p.quoted()
		p.want(":")
		switch key {
		case "descr":
			h.Descr, seen = p.quoted(), seen|1
		case "fortran_order":
			seen |= 2
			if p.take("True") {
				return fmt.Errorf("fortran_order is True")
			}
			p.want("False")
		case "shape":
			seen |= 4
			h.Shape = h.Shape[:0]
			p.want("(")
			for p.err == nil && !p.take(")") {
				h.Shape = append(h.Shape, p.number())
				if !p.take(",") {
					p.want(")")
					break
				}
			}
		default:
			return fmt.Errorf("key %.20q", key)
		}
		if !p.take(",") {
			p.want("}")
			break
		}
	}
	switch {
	case p.err != nil:
		return p.err
	case strings.TrimSpace(p.s) != "":
		return fmt.Errorf("text after the dictionary")
	case seen != 7:
		return fmt.Errorf("a key is missing")
	case len(h.Shape) > 2:
		return fmt.Errorf("%d dimensions", len(h.Shape))
	}
	return nil
}

// dict is a cursor over the header's text; after an error it does nothing.
type dict struct {
	s   string
	err error
}

func (p *dict) take(t string) bool {
	p.s = strings.TrimLeft(p.s, " \n\t")
	rest, ok := strings.CutPrefix(p.s, t)
	if ok && p.err == nil {
		p.s = rest
	}
	return ok && p.err == nil
}

func (p *dict) want(t string) {
	if !p.take(t) && p.err == nil {
		p.err = fmt.Errorf("%q expected before %.20q", t, p.s)
	}
}

func (p *dict) quoted() string {
	q := "'"
	if !p.take(q) {
		q = `"`
		p.want(q)
	}
	i := strings.Index(p.s, q)
	if i < 0 || p.err != nil {
		p.err = fmt.Errorf("quote missing")
		return ""
	}
	v := p.s[:i]
	p.s = p.s[i+1:]
	return v
}

func (p *dict) number() int {
	p.take("")
	i := 0
	for i < len(p.s) && p.s[i] >= '0' && p.s[i] <= '9' {
		i++
	}
	n, err := strconv.Atoi(p.s[:i])
	if err != nil || n > math.MaxInt32 {
		p.err = fmt.Errorf("number expected before %.20q", p.s)
		return 0
	}
	p.s = strings.TrimPrefix(p.s[i:], "L")
	return n
}

package server

import (
	"encoding/base64"
	"encoding/binary"
	"net/http"
	"strconv"

	"faceid/recognize"
	"faceid/server/host"
)

// text is a value of the query, else of the body.
func (c *call) text(name string) (string, error) {
	q := c.r.URL.Query()
	if q.Has(name) || c.form == nil {
		return q.Get(name), nil
	}
	return c.form.Text(name)
}

// flag is a value that is true or false.
func (c *call) flag(name string) (v bool, err error) {
	err = c.value(name, &v, func(s string) (err error) { v, err = strconv.ParseBool(s); return err })
	return v, err
}

// number is a value that is a number; nil where it is not given.
func (c *call) number(name string) (*float64, error) {
	var v *float64
	err := c.value(name, &v, func(s string) error {
		x, err := strconv.ParseFloat(s, 64)
		v = &x
		return err
	})
	return v, err
}

// count is a whole number in [least, most].
func (c *call) count(name string, v, least, most int) (int, error) {
	err := c.value(name, &v, func(s string) (err error) { v, err = strconv.Atoi(s); return err })
	if err == nil && (v < least || v > most) {
		err = host.Bad("%s is a whole number from %d to %d", name, least, most)
	}
	return v, err
}

// value reads a value of the query by parse, or one of the body as JSON.
func (c *call) value(name string, v any, parse func(string) error) error {
	q := c.r.URL.Query()
	if !q.Has(name) {
		if c.form == nil {
			return nil
		}
		return c.form.JSON(name, v)
	}
	if err := parse(q.Get(name)); err != nil {
		return host.Bad("%s is not what it should be", name)
	}
	return nil
}

// id is a wildcard of the path that is a person's or a face's number.
func (c *call) id(name string) (int64, error) {
	id, err := strconv.ParseInt(c.r.PathValue(name), 10, 64)
	if err != nil || id < 1 {
		return 0, &host.Fault{
			Status:  http.StatusNotFound,
			Code:    name + "_not_found",
			Message: "ids are whole numbers from 1 on",
		}
	}
	return id, nil
}

// target is the operating point that is asked for.
func (c *call) target() (t recognize.Target, err error) {
	far, err := c.number("far")
	if err != nil {
		return t, err
	}
	fpir, err := c.number("fpir")
	if err != nil {
		return t, err
	}
	if t.Threshold, err = c.number("threshold"); err != nil {
		return t, err
	}
	for name, v := range map[string]*float64{"far": far, "fpir": fpir} {
		if v != nil && !(*v > 0 && *v < 1) {
			return t, host.Bad("%s is a rate in (0, 1)", name)
		}
	}
	if x := t.Threshold; x != nil && !(*x >= -1 && *x <= 1) {
		return t, host.Bad("threshold is a cosine similarity in [-1, 1]")
	}
	if far != nil {
		t.FAR = *far
	}
	if fpir != nil {
		t.FPIR = *fpir
	}
	return t, nil
}

// several says which face of several is meant: largest=true, strict=true, or the one that clearly leads.
func (c *call) several() (recognize.Several, error) {
	largest, err := c.flag("largest")
	if err != nil {
		return 0, err
	}
	strict, err := c.flag("strict")
	switch {
	case err != nil:
		return 0, err
	case largest && strict:
		return 0, host.Bad("largest and strict exclude each other")
	case largest:
		return recognize.SeveralLargest, nil
	case strict:
		return recognize.SeveralRefuse, nil
	}
	return recognize.SeveralMain, nil
}

// A cursor is where a page ended, opaque to clients: a kind of list and the last id, base64.

func encodeCursor(kind byte, last int64) string {
	return base64.RawURLEncoding.EncodeToString(binary.AppendVarint([]byte{kind}, last))
}

func decodeCursor(kind byte, s string) (last int64, err error) {
	if s == "" {
		return 0, nil
	}
	bad := host.Bad("the cursor is not one that this list gave")
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) < 2 || b[0] != kind {
		return 0, bad
	}
	last, n := binary.Varint(b[1:])
	if n != len(b)-1 || last < 1 || encodeCursor(kind, last) != s {
		return 0, bad
	}
	return last, nil
}

// page are the limit and the cursor of a list.
func (c *call) page(kind byte) (after int64, limit int, err error) {
	if limit, err = c.count("limit", 100, 1, 1000); err != nil {
		return 0, 0, err
	}
	after, err = decodeCursor(kind, c.r.URL.Query().Get("cursor"))
	return after, limit, err
}

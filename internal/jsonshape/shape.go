// Package jsonshape says what encoding/json makes of a Go type, in words for people, and holds JSON against it.
package jsonshape

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Shape is what stands for a Go type in JSON.
type Shape struct {
	Words    string  // "text", "number", "list of numbers", "object or null", …
	Fields   []Field // of an object, or of the objects in a list; nil: anything
	Nullable bool
	kind     kind
	elem     *Shape // of a list or a map
}

type kind int

const (
	anything kind = iota
	text
	number
	truth
	object
	list
	table // an object with any names
)

// Field is one of an object.
type Field struct {
	Name     string
	Optional bool // may be left out
	Shape
}

// Of returns the shape of a type. A type that writes its own JSON is anything, but for time.Time.
func Of(t reflect.Type) Shape {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return Shape{Words: "time", kind: text}
	case t.Kind() == reflect.Pointer:
		s := Of(t.Elem())
		s.Words, s.Nullable = s.Words+" or null", true
		return s
	case t.Implements(reflect.TypeFor[json.Marshaler]()) || t.Kind() == reflect.Interface:
		return Shape{Words: "any value", Nullable: true}
	}
	switch t.Kind() {
	case reflect.Bool:
		return Shape{Words: "true or false", kind: truth}
	case reflect.String:
		return Shape{Words: "text", kind: text}
	case reflect.Struct:
		return Shape{Words: "object", kind: object, Fields: fields(t)}
	case reflect.Slice, reflect.Array:
		if t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Uint8 {
			return Shape{Words: "base64", kind: text, Nullable: true}
		}
		elem := Of(t.Elem())
		words := map[kind]string{text: "texts", number: "numbers", object: "objects", list: "lists"}[elem.kind]
		if words == "" {
			words = "values"
		}
		return Shape{Words: "list of " + words, kind: list, elem: &elem, Fields: elem.Fields,
			Nullable: t.Kind() == reflect.Slice}
	case reflect.Map:
		elem := Of(t.Elem())
		return Shape{Words: "object by name", kind: table, elem: &elem, Fields: elem.Fields, Nullable: true}
	}
	return Shape{Words: "number", kind: number}
}

// fields are those of a struct, embedded ones among its own.
func fields(t reflect.Type) []Field {
	var all []Field
	for i := range t.NumField() {
		f := t.Field(i)
		name, opts, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case name == "-" || !f.IsExported() && !f.Anonymous:
		case f.Anonymous && name == "":
			in := f.Type
			if in.Kind() == reflect.Pointer {
				in = in.Elem()
			}
			all = append(all, fields(in)...)
		default:
			if name == "" {
				name = f.Name
			}
			all = append(all, Field{name, strings.Contains(opts, "omit"), Of(f.Type)})
		}
	}
	return all
}

// Check returns an error unless b is JSON of this shape: every field that may not be left out is there, and no other.
func (s Shape) Check(b []byte) error { return s.check("", json.RawMessage(b)) }

func (s Shape) check(at string, b json.RawMessage) error {
	b = bytes.TrimSpace(b)
	if string(b) == "null" {
		if !s.Nullable {
			return fmt.Errorf("%s is null", at)
		}
		return nil
	}
	is := func(v any) error {
		if err := json.Unmarshal(b, v); err != nil {
			return fmt.Errorf("%s should be a %s: %.60s", at, s.Words, b)
		}
		return nil
	}
	switch s.kind {
	case text:
		return is(new(string))
	case number:
		return is(new(float64))
	case truth:
		return is(new(bool))
	case list:
		var all []json.RawMessage
		err := is(&all)
		for i, b := range all {
			if err == nil {
				err = s.elem.check(fmt.Sprintf("%s[%d]", at, i), b)
			}
		}
		return err
	case table, object:
		all := map[string]json.RawMessage{}
		if err := is(&all); err != nil {
			return err
		}
		if s.kind == object {
			return s.checkFields(at, all)
		}
		for name, b := range all {
			if err := s.elem.check(at+"."+name, b); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s Shape) checkFields(at string, all map[string]json.RawMessage) error {
	for _, f := range s.Fields {
		b, ok := all[f.Name]
		if !ok && !f.Optional {
			return fmt.Errorf("%s.%s is missing", at, f.Name)
		}
		if ok {
			if err := f.check(at+"."+f.Name, b); err != nil {
				return err
			}
		}
	}
	for name := range all {
		if !slices.ContainsFunc(s.Fields, func(f Field) bool { return f.Name == name }) {
			return fmt.Errorf("%s.%s is not described", at, name)
		}
	}
	return nil
}

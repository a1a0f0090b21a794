package server

import (
	"encoding/json"
	"path"
	"reflect"
	"strings"
	"time"
)

// object is a JSON object of the document.
type object = map[string]any

// schemas describes Go types as JSON Schema 2020-12, which is OpenAPI 3.1's: each named struct once, in components.
type schemas struct {
	components object
}

// of is the schema of the type of v.
func (s *schemas) of(v any) object { return s.ofType(reflect.TypeOf(v)) }

func (s *schemas) ofType(t reflect.Type) object {
	switch t {
	case reflect.TypeFor[time.Time]():
		return object{"type": "string", "format": "date-time"}
	case reflect.TypeFor[json.RawMessage]():
		return object{"type": "object"}
	}
	switch t.Kind() {
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int32, reflect.Int64, reflect.Uint32, reflect.Uint64:
		return object{"type": "integer"}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Pointer:
		return object{"anyOf": []any{s.ofType(t.Elem()), object{"type": "null"}}}
	case reflect.Slice:
		return object{"type": "array", "items": s.ofType(t.Elem())}
	case reflect.Array:
		return object{"type": "array", "items": s.ofType(t.Elem()), "minItems": t.Len(), "maxItems": t.Len()}
	case reflect.Struct:
		return s.ofStruct(t)
	}
	return object{} // anything
}

// ofStruct refers to a named struct, which is described in components.
func (s *schemas) ofStruct(t reflect.Type) object {
	name := strings.TrimSuffix(t.Name(), "JSON")
	if name == "" {
		return s.members(t)
	}
	name = strings.ToUpper(name[:1]) + name[1:]
	if room := path.Base(t.PkgPath()); room != "server" { // two rooms may have one name
		name = strings.ToUpper(room[:1]) + room[1:] + name
	}
	if _, there := s.components[name]; !there {
		s.components[name] = nil // for types that hold themselves
		s.components[name] = s.members(t)
	}
	return object{"$ref": "#/components/schemas/" + name}
}

func (s *schemas) members(t reflect.Type) object {
	properties, required := object{}, []string{}
	for _, f := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "" || name == "-" || len(f.Index) > 1 && !f.IsExported() {
			continue
		}
		of := f.Type
		optional := strings.Contains(options, "omit")
		if optional && of.Kind() == reflect.Pointer { // missing, not null
			of = of.Elem()
		}
		properties[name] = s.ofType(of)
		if !optional {
			required = append(required, name)
		}
	}
	return object{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
}

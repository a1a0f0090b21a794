package server

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"faceid/gallery"
	"faceid/server/host"
)

// doc is what the OpenAPI document says of a route.
type doc struct {
	says   string
	query  []string // names of parameters, see parameters
	files  []string // fields of photos: multipart, or base64 in JSON
	body   object   // other members of the body, each with its schema
	status int      // where all is well; 0: 200
	answer any      // a value of the answer's type; nil: a stream of JSON Lines; aPhoto: a photo
}

// schemas of parameters and members that several routes have.
var (
	aString  = object{"type": "string"}
	aFlag    = object{"type": "boolean", "default": false}
	aRate    = object{"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
	aCosine  = object{"type": "number", "minimum": -1, "maximum": 1}
	anObject = object{"type": []string{"object", "null"}}
	ids      = object{"type": "array", "items": object{"type": "integer"}, "minItems": 1, "maxItems": 10_000}
	vector   = object{"type": "array", "items": object{"type": "number"}}
)

// parameters are those of queries; most may stand in the body, too.
var parameters = map[string]struct {
	says   string
	schema object
}{
	"collection": {"whose model and calibration count; default: the default one", aString},
	"far":        {"false accept rate of a pair that is wanted", aRate},
	"fpir":       {"share of strangers who may be taken for somebody, in place of far", aRate},
	"threshold":  {"cosine similarity from which two faces count as one person, in place of far", aCosine},
	"top": {
		"people in nearest at most",
		object{"type": "integer", "minimum": 1, "maximum": 100, "default": 2},
	},
	"largest":     {"of several faces the largest", aFlag},
	"strict":      {"refuse photos of several faces", aFlag},
	"cover":       {"the face alone, as a small JPEG", aFlag},
	"unique":      {"refuse a name that somebody has, instead of adding to that person", aFlag},
	"any_quality": {"take faces that are too poor to tell, too. UNSAFE: they collect strangers as poor", aFlag},
	"limit":       {"of a page", object{"type": "integer", "minimum": 1, "maximum": 1000, "default": 100}},
	"cursor":      {"next of the page before", aString},
	"name":        {"the person's, exactly", aString},
	"numbers":     {"vectors as numbers, not in base64", aFlag},
	"no_trunk":    {"without trunk features", aFlag},
}

// aPhoto stands for an answer that is a photo.
var aPhoto any = struct{ photo string }{}

// target are the parameters that choose an operating point.
var target = []string{"far", "fpir", "threshold"}

const onePath = "/v1/collections/{collection}"

// docs has every route of routes.
var docs = map[string]doc{
	"GET /v1/health": {says: "Whether the server is there", answer: statusJSON{}},
	"GET /v1/system": {says: "Versions and limits", answer: systemJSON{}},
	"GET /v1/models": {says: "The models of the catalogue", answer: modelsJSON{}},
	"GET /v1/doctor": {
		says:   "Test library, models and a collection",
		query:  []string{"collection"},
		answer: doctorJSON{},
	},

	"POST /v1/detect": {says: "Find the faces of a photo", query: []string{"collection"}, files: []string{"image"},
		answer: detected{}},
	"POST /v1/embed": {says: "Embed the faces of a photo", query: []string{"collection"}, files: []string{"image"},
		answer: embedded{}},
	"POST /v1/verify": {says: "Whether two photos, or two embeddings, show the same person",
		query: []string{"collection", "far", "threshold", "largest", "strict"}, files: []string{"source", "target"},
		body: object{"source_embedding": vector, "target_embedding": vector}, answer: verified{}},

	"GET /v1/collections": {says: "All collections", answer: collectionsJSON{}},
	"POST /v1/collections": {
		says:   "Make one",
		body:   object{"name": aString},
		status: 201,
		answer: infoJSON{},
	},
	"GET " + onePath:                   {says: "A collection", answer: infoJSON{}},
	"DELETE " + onePath:                {says: "Delete one with all its people", answer: host.Receipt{}},
	"GET " + onePath + "/export":       {says: "Everybody, as JSON Lines", query: []string{"numbers", "no_trunk"}},
	"POST " + onePath + "/import":      {says: "Add the people of an export, the body", answer: gallery.Transferred{}},
	"GET " + onePath + "/calibration":  {says: "Thresholds by the people enrolled", answer: calibrationJSON{}},
	"POST " + onePath + "/calibration": {says: "Calibrate anew", answer: calibrationJSON{}},
	"GET " + onePath + "/faults": {
		says:   "What is wrong with it: one person twice, photos under a wrong name, poor ones",
		answer: faultsJSON{},
	},
	"GET " + onePath + "/scores": {
		says:   "Histograms of the scores of the people enrolled, and the thresholds in them",
		answer: scoresJSON{},
	},
	"POST " + onePath + "/identify": {says: "Who of the collection is in a photo",
		query: append([]string{"top", "largest"}, target...), files: []string{"image"}, answer: answersJSON{}},
	"POST " + onePath + "/search": {says: "The same for embeddings", query: append([]string{"top"}, target...),
		body: object{"embeddings": object{"type": "array", "items": vector}}, answer: answersJSON{}},

	"GET " + onePath + "/people": {says: "The people, by ascending id", query: []string{"limit", "cursor", "name"},
		answer: peopleJSON{}},
	"POST " + onePath + "/people": {says: "Enrol photos of a person, who is created if nobody has the name",
		query: []string{"name", "largest", "strict", "unique", "any_quality"}, files: []string{"images"},
		body: object{"name": aString, "metadata": anObject}, status: 201, answer: enrolledJSON{}},
	"GET " + onePath + "/people/{person}": {says: "A person", answer: personJSON{}},
	"PATCH " + onePath + "/people/{person}": {says: "Change name or metadata",
		body: object{"name": aString, "metadata": anObject}, answer: personJSON{}},
	"DELETE " + onePath + "/people/{person}": {says: "Delete a person for good", answer: host.Receipt{}},
	"POST " + onePath + "/people/remove": {
		says:   "Delete people for good",
		body:   object{"ids": ids},
		answer: host.Receipt{},
	},
	"POST " + onePath + "/people/{person}/merge": {says: "Make one person of several", body: object{"from": ids},
		answer: mergedJSON{}},
	"GET " + onePath + "/people/{person}/faces": {says: "A person's faces, by ascending id",
		query: []string{"limit", "cursor"}, answer: facesJSON{}},
	"POST " + onePath + "/people/{person}/faces": {says: "Enrol more photos of a person",
		query: []string{"largest", "strict", "any_quality"}, files: []string{"images"},
		body: object{"metadata": anObject}, status: 201, answer: enrolledJSON{}},
	"GET " + onePath + "/faces/{face}/photo": {says: "The photo that a face was enrolled from, where photos are kept",
		query: []string{"cover"}, answer: aPhoto},
	"DELETE " + onePath + "/faces/{face}": {says: "Delete a face for good", answer: host.Receipt{}},
	"POST " + onePath + "/faces/remove": {
		says:   "Delete faces for good",
		body:   object{"ids": ids},
		answer: host.Receipt{},
	},
	"POST " + onePath + "/faces/{face}/move": {says: "Give a face to another person",
		body: object{"to": object{"type": "integer"}}, answer: gallery.Moved{}},
}

// openAPI is the document: OpenAPI 3.1 of the native API.
var openAPI = sync.OnceValue(func() []byte {
	s := schemas{components: object{}}
	failed := object{"description": "What is wrong, and the next step", "content": inJSON(s.of(host.ErrorBody{}))}
	paths, long := object{}, map[string]bool{}
	for _, rt := range routes() {
		long[rt.pattern] = rt.long
	}
	for pattern, d := range docs {
		method, path, _ := strings.Cut(pattern, " ")
		at, ok := paths[path].(object)
		if !ok {
			at = object{}
			paths[path] = at
		}
		at[strings.ToLower(method)] = d.operation(&s, path, failed, long[pattern])
	}
	b, err := json.Marshal(object{
		"openapi": "3.1.0",
		"info": object{"title": "faceid", "version": "1",
			"description": "Enrol, verify and identify faces. " +
				"CompreFace's protocol is at /api/v1, AWS Rekognition's at POST /."},
		"paths":    paths,
		"security": []any{object{"bearer": []string{}}, object{"header": []string{}}, object{}},
		"components": object{"schemas": s.components, "securitySchemes": object{
			"bearer": object{"type": "http", "scheme": "bearer"},
			"header": object{"type": "apiKey", "in": "header", "name": "x-api-key"},
		}},
	})
	if err != nil {
		panic(err) // it is data of this file
	}
	return b
})

func inJSON(schema object) object { return object{"application/json": object{"schema": schema}} }

func (d doc) operation(s *schemas, path string, failed object, long bool) object {
	var params []any
	for part := range strings.SplitSeq(path, "/") {
		if name, ok := strings.CutPrefix(part, "{"); ok {
			name = strings.TrimSuffix(name, "}")
			schema := aString
			if name != "collection" {
				schema = object{"type": "integer", "minimum": 1}
			}
			params = append(params, object{"name": name, "in": "path", "required": true, "schema": schema})
		}
	}
	for _, name := range d.query {
		p := parameters[name]
		params = append(params, object{"name": name, "in": "query", "description": p.says, "schema": p.schema})
	}
	right := object{"description": "JSON Lines", "content": object{"application/x-ndjson": object{}}}
	if d.answer == aPhoto {
		right = object{"description": "The photo, as it was sent", "content": object{"image/*": object{}}}
	} else if d.answer != nil {
		right = object{"description": "The answer", "content": inJSON(s.of(d.answer))}
	}
	responses := object{strconv.Itoa(max(d.status, 200)): right, "default": failed}
	if long {
		watched := object{"description": "The answer; with Accept: text/event-stream, server-sent events: progress, " +
			"finding (of a test), and at the end result, the answer, or error", "content": object{}}
		if d.status == 0 {
			watched["content"] = right["content"]
		}
		watched["content"].(object)[eventStream] = object{"x-events": object{"progress": s.of(host.Progress{}),
			"finding": s.of(findingJSON{}), "result": s.of(d.answer), "error": s.of(host.ErrorBody{})}}
		responses["200"] = watched
	}
	op := object{"summary": d.says, "responses": responses}
	if params != nil {
		op["parameters"] = params
	}
	if len(d.files)+len(d.body) > 0 {
		op["requestBody"] = object{"content": d.content()}
	}
	return op
}

// content are the ways that a body can be sent.
func (d doc) content() object {
	inForm, inText := object{}, object{}
	for _, name := range d.files {
		inForm[name] = object{"type": "string", "contentMediaType": "application/octet-stream"}
		inText[name] = object{"type": "string", "contentEncoding": "base64"}
		if strings.HasSuffix(name, "s") {
			inForm[name] = object{"type": "array", "items": inForm[name]}
			inText[name] = object{"type": "array", "items": inText[name]}
		}
	}
	for name, schema := range d.body {
		inForm[name], inText[name] = schema, schema
	}
	out := inJSON(object{"type": "object", "properties": inText})
	if len(d.files) > 0 {
		out["multipart/form-data"] = object{"schema": object{"type": "object", "properties": inForm}}
		if len(d.files) == 1 {
			out["image/*"] = object{}
		}
	}
	return out
}

func serveOpenAPI(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	w.Write(openAPI())
}

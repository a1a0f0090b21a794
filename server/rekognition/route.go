package rekognition

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"faceid/embed/photo"
	"faceid/recognize"
	"faceid/server/host"
)

// modelVersion is what answers say of the model: the protocol wants digits and dots.
const modelVersion = "7.0"

// call is a request under way; In has what operations ask for.
type call struct {
	ctx context.Context
	h   *host.Host
	who host.Who
	in  input

	photos map[[32]byte][]byte       // that were sent, by SHA-256
	small  map[[32]byte]*photo.Image // read small, for brightness
}

// input are the members of all operations' requests that are used here.
type input struct {
	CollectionID   string   `json:"CollectionId"`
	Image          *image   `json:"Image"`
	SourceImage    *image   `json:"SourceImage"`
	TargetImage    *image   `json:"TargetImage"`
	ExternalID     string   `json:"ExternalImageId"`
	MaxFaces       *int     `json:"MaxFaces"`
	MaxUsers       *int     `json:"MaxUsers"`
	MaxResults     *int     `json:"MaxResults"`
	NextToken      string   `json:"NextToken"`
	QualityFilter  string   `json:"QualityFilter"`
	FaceID         string   `json:"FaceId"`
	FaceIDs        []string `json:"FaceIds"`
	UserID         string   `json:"UserId"`
	Token          string   `json:"ClientRequestToken"`
	FaceThreshold  *float64 `json:"FaceMatchThreshold"`
	UserThreshold  *float64 `json:"UserMatchThreshold"`
	PairsThreshold *float64 `json:"SimilarityThreshold"`
}

// image is a photo; []byte is base64 on the wire.
type image struct {
	Bytes []byte    `json:"Bytes"`
	S3    *s3Object `json:"S3Object"`
}

// s3Object is a file of the folder that stands for S3; its Version is not asked for.
type s3Object struct {
	Bucket string `json:"Bucket"`
	Name   string `json:"Name"`
}

type operation struct {
	scope host.Scope
	do    func(*call) (any, error)
	no    bool // has no collection
}

var operations = map[string]operation{
	"CreateCollection":   {host.Admin, (*call).createCollection, false},
	"ListCollections":    {host.Read, (*call).listCollections, true},
	"DescribeCollection": {host.Read, (*call).describeCollection, false},
	"DeleteCollection":   {host.Admin, (*call).deleteCollection, false},

	"IndexFaces":         {host.Enrol, (*call).indexFaces, false},
	"ListFaces":          {host.Read, (*call).listFaces, false},
	"DeleteFaces":        {host.Enrol, (*call).deleteFaces, false},
	"SearchFaces":        {host.Read, (*call).searchFaces, false},
	"SearchFacesByImage": {host.Read, (*call).searchFacesByImage, false},
	"CompareFaces":       {host.Read, (*call).compareFaces, true},
	"DetectFaces":        {host.Read, (*call).detectFaces, true},

	"CreateUser":         {host.Enrol, (*call).createUser, false},
	"DeleteUser":         {host.Enrol, (*call).deleteUser, false},
	"ListUsers":          {host.Read, (*call).listUsers, false},
	"AssociateFaces":     {host.Enrol, (*call).associateFaces, false},
	"DisassociateFaces":  {host.Enrol, (*call).disassociateFaces, false},
	"SearchUsers":        {host.Read, (*call).searchUsers, false},
	"SearchUsersByImage": {host.Read, (*call).searchUsersByImage, false},
}

// Handler answers POST /.
func Handler(h *host.Host) http.Handler {
	failed := func(w http.ResponseWriter, r *http.Request, err error) { fail(h, w, r, err) }
	return h.Bounded(failed, func(w http.ResponseWriter, r *http.Request) {
		out, err := answer(h, w, r)
		if err != nil {
			fail(h, w, r, err)
			return
		}
		reply(w, r, http.StatusOK, out)
	})
}

func answer(h *host.Host, w http.ResponseWriter, r *http.Request) (any, error) {
	name, _ := strings.CutPrefix(r.Header.Get("X-Amz-Target"), "RekognitionService.")
	op, ok := operations[name]
	if !ok {
		return nil, exception("UnknownOperationException", "this server has no such operation")
	}
	var body []byte
	read := func() (err error) {
		if body == nil {
			body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, h.Limits().Body))
		}
		return err
	}
	who, err := sender(h, r, func() ([]byte, error) { err := read(); return body, err })
	if err != nil {
		return nil, err
	}
	who.Known(r.Context())
	if err := read(); err != nil {
		return nil, err
	}
	c := &call{ctx: r.Context(), h: h, who: who}
	if len(body) > 0 {
		if err := json.Unmarshal(body, &c.in); err != nil {
			return nil, exception("SerializationException", "the body is not what the operation takes")
		}
	}
	switch {
	case op.no:
		c.in.CollectionID = cmp.Or(who.Collection, host.Default)
	case c.in.CollectionID == "":
		return nil, invalid("CollectionId is needed")
	}
	if err := who.May(op.scope, c.in.CollectionID); err != nil {
		return nil, err
	}
	return op.do(c)
}

// sender tells who signed the request; nobody needs to where the server asks for no key.
func sender(h *host.Host, r *http.Request, body func() ([]byte, error)) (host.Who, error) {
	if !h.Asks() {
		return h.ByKey(r, "")
	}
	header := r.Header.Get("Authorization")
	if header == "" {
		return host.Who{}, exception("MissingAuthenticationTokenException", "the request is not signed")
	}
	s, ok := parseSignature(header)
	if !ok || s.service != "rekognition" {
		return host.Who{}, exception(
			"IncompleteSignatureException",
			"the signature cannot be read as one of Version 4",
		)
	}
	return h.BySecret(r, s.accessKey, func(secret string) error {
		b, err := body()
		if err != nil {
			return err
		}
		if s.check(r, b, secret, time.Now()) != nil {
			return exception("InvalidSignatureException",
				"the signature is not the request's: look at the secret key and at the clock")
		}
		return nil
	})
}

// awsError is an error as the protocol has it.
type awsError struct {
	status  int
	Type    string `json:"__type"`
	Code    string `json:"Code"`
	Logref  string `json:"Logref"`
	Message string `json:"Message"`
}

func (e *awsError) Error() string { return e.Message }

func exception(kind, message string) *awsError {
	return &awsError{status: 400, Type: kind, Code: kind, Message: message}
}

// invalid is a parameter that cannot be.
func invalid(message string) *awsError { return exception("InvalidParameterException", message) }

// kinds are the protocol's for codes of Faults.
var kinds = map[string]string{
	"collection_not_found": "ResourceNotFoundException", "person_not_found": "ResourceNotFoundException",
	"face_id_not_found": "ResourceNotFoundException", "collection_exists": "ResourceAlreadyExistsException",
	"bad_name": "InvalidParameterException", "not_a_photo": "InvalidImageFormatException",
	"photo_cut_off": "InvalidImageFormatException", "photo_too_large": "ImageTooLargeException",
	"body_too_large": "ImageTooLargeException", "key_unknown": "UnrecognizedClientException",
	"forbidden": "AccessDeniedException", "rate_limited": "ThrottlingException", "busy": "ThrottlingException",
	"too_slow": "ThrottlingException", "internal": "InternalServerError",
	"face_not_found": "InvalidParameterException", "several_faces": "InvalidParameterException",
	"too_poor": "InvalidParameterException", "model_mismatch": "InvalidParameterException",
	"name_taken": "ConflictException", "default_collection": "AccessDeniedException",
	"no_data_folder": "AccessDeniedException",
}

const noFaces = "There are no faces in the image. Should be at least 1."

func fail(h *host.Host, w http.ResponseWriter, r *http.Request, err error) {
	var own *awsError
	if !errors.As(err, &own) {
		f := h.Told(w, r, err)
		own = exception(kinds[f.Code], f.Message)
		switch {
		case f.Status >= 500:
			own.status = f.Status
		case own.Type == "":
			own.Type, own.Code = "InvalidParameterException", "InvalidParameterException"
		}
		if own.Type == "" {
			own.Type, own.Code = "InternalServerError", "InternalServerError"
		}
		if errors.Is(err, recognize.ErrNoFace) {
			own.Message = noFaces
		}
	}
	own.Logref = host.RequestID(r.Context())
	reply(w, r, own.status, own)
}

func reply(w http.ResponseWriter, r *http.Request, status int, v any) {
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	w.Header().Set("x-amzn-RequestId", host.RequestID(r.Context()))
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) // an error is the client's who is gone
}

// use and work let f work with the collection, work on a slot of the pool.
func (c *call) use(f func(*recognize.Recognizer) error) error {
	return c.h.Use(c.ctx, c.in.CollectionID, f)
}

func (c *call) work(f func(*recognize.Recognizer) error) error {
	return c.h.Work(c.ctx, c.in.CollectionID, f)
}

// bounded is a number of a request, of the protocol's range.
func bounded(name string, v *int, otherwise, least, most int) (int, error) {
	if v == nil {
		return otherwise, nil
	}
	if *v < least || *v > most {
		return 0, invalid(name + " is out of range")
	}
	return *v, nil
}

// percent is a threshold of a request.
func percent(name string, v *float64, otherwise float64) (float64, error) {
	if v == nil {
		return otherwise, nil
	}
	if !(*v >= 0 && *v <= 100) {
		return 0, invalid(name + " is a number from 0 to 100")
	}
	return *v, nil
}

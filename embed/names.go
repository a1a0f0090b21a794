package embed

import (
	"image"
	"io"

	"faceid/embed/detect"
	"faceid/embed/onnx"
	"faceid/embed/photo"
	"faceid/embed/resample"
	"faceid/models"
)

// Names of the rooms below that belong to this package's own sentences: whoever analyses photos needs no other import.
type (
	Image         = photo.Image
	Point         = photo.Point
	Box           = photo.Box
	Landmarks     = photo.Landmarks
	DecodeOptions = photo.DecodeOptions
	DecodeError   = photo.DecodeError
	Similarity    = resample.Similarity
	Detector      = detect.Detector
	Detection     = detect.Detection
	DetectOptions = detect.Options
)

// Errors of the rooms below, to be tested with errors.Is.
var (
	ErrFormat    = photo.ErrFormat
	ErrTruncated = photo.ErrTruncated
	ErrTooLarge  = photo.ErrTooLarge
	ErrRuntime   = onnx.ErrRuntime
	ErrModel     = onnx.ErrModel
	ErrSelfTest  = onnx.ErrSelfTest
)

// NewImage is photo.NewImage.
func NewImage(w, h int) *Image { return photo.NewImage(w, h) }

// FromImage is photo.FromImage.
func FromImage(m image.Image) *Image { return photo.FromImage(m) }

// Decode is photo.Decode.
func Decode(r io.Reader, o *DecodeOptions) (*Image, error) { return photo.Decode(r, o) }

// DecodeBytes is photo.DecodeBytes.
func DecodeBytes(b []byte, o *DecodeOptions) (*Image, error) { return photo.DecodeBytes(b, o) }

// LoadHEIF is photo.LoadHEIF.
func LoadHEIF(paths []string) error { return photo.LoadHEIF(paths) }

// HEIFVersion is photo.HEIFVersion.
func HEIFVersion() (string, error) { return photo.HEIFVersion() }

// LoadDecoder is photo.LoadDecoder.
func LoadDecoder(path string) error { return photo.LoadDecoder(path) }

// DecoderVersion is photo.DecoderVersion.
func DecoderVersion() string { return photo.DecoderVersion() }

// Init is onnx.Init.
func Init(path string) error { return onnx.Init(path) }

// RuntimeVersion is onnx.RuntimeVersion.
func RuntimeVersion() string { return onnx.RuntimeVersion() }

// Provider is onnx.Provider.
func Provider() string { return onnx.Provider() }

// NewDetector is detect.New.
func NewDetector(e models.Entry, model []byte) (Detector, error) { return detect.New(e, model) }

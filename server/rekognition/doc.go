// Package rekognition speaks AWS Rekognition's JSON 1.1: POST / with X-Amz-Target. AWS_ENDPOINT_URL_REKOGNITION leads
// the AWS clients here.
//
// A collection is one of the server's, a face a template. A user is a person; a face that no user has is held by a
// person named after its ExternalImageId where the photo had one face, so that the native API and the command line
// know it by that name, else by a person of its own. Such holders are marked in their metadata and are no users.
//
// # Caveats
//
// Similarities have one meaning for every model and gallery: 70, 80, 90, 95 and 99 are the thresholds of false accept
// rates of 1e-2, 1e-3, 1e-4, 1e-5 and 1e-6, as far as these are known, linear between. A face that is too poor to tell
// stays below 70. Photos are kept with host.Options.KeepPhotos alone. An object in S3 is a file of Options.S3Root,
// where there is one. Attributes beyond the default ones are not answered.
//
// # Design
//
// Signatures (SigV4) are checked by code of our own, over whatever headers the client signed, and tested with the
// published vectors and with unmodified clients. Rejected: the signer of aws-sdk-go-v2, which chooses the headers
// itself and cannot check a signature.
package rekognition

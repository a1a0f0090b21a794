// Package dense is the last dense layer of a face embedder and what goes into it: trunk features of photos with whose
// they are (Dataset), the layer read from an ONNX file and written back (LayerOf, Export), unit embeddings and all
// their scores (Embed), copies and wrong labels (Tidy), and within-class covariance normalisation in closed form
// (WCCN). It trains nothing and judges nothing: package finetune does the one, package gate the other.
package dense

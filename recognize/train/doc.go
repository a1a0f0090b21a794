// Package train gathers what fine-tuning starts from, and puts what comes of it on the list of models: the trunk
// features of labelled photos, spoilt or not, or those of a gallery. Package finetune learns from them.
//
// It is a room of its own beside recognize because it answers no question about anybody: whoever identifies faces need
// not know how a model is trained.
package train

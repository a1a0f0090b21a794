// Package loss holds cross-entropy and focal loss on logits: value and gradient.
package loss

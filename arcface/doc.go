// Package arcface is the angular-margin softmax head: loss, gradients and scores.
package arcface

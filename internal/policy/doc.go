// Package policy holds the rules of the repository that are tests: what holds of every file, whoever writes it.
package policy

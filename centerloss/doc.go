// Package centerloss holds class centres: loss, gradient, update rules and distances.
package centerloss

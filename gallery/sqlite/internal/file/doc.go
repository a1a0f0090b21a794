// Package file is a gallery's file as it lies on the disk: which path is meant, how SQLite opens it, the schema and its
// versions, the checksums of rows, what SQLite leaves in the unused middle of its pages, and SQLite's errors in the
// words of package gallery. It knows no transactions, no people and no search; package sqlite has these. The wall
// stands here since all of it is needed for a gallery that is only looked at, by a check or a reader without locks, and
// none of it is changed by what is stored.
package file

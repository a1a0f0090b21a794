// Package command is the command line: one file per command, with its flags and its words. What is decided, package
// recognize decides.
//
// A command is newX(app, run): newX parses, and hands what was asked for to run as an xOptions. So flags are tested
// without photos, and app.x, the run of the program itself, is the only place that works.
//
// Exit codes are those of grep: 0 match (or simply success), 1 no match, 2 error.
package command

// Command losses measures one ArcFace step and one matrix product of ours against PyTorch, in one run on one machine,
// and prints a table and, last, one line of JSON. See -h; `make bench-losses` calls it.
//
// The two take turns, step by step, so that a busy machine hurts both alike, and medians are compared. PyTorch runs
// torch_peer.py in an interpreter of its own: the one that FACEID_BENCH_PYTHON names, else a virtual environment made
// once in the user's cache directory (venv-torch under FACEID_CACHE, or faceid below os.UserCacheDir), into
// which pip installs torch and numpy.
//
// Peak memory is that of fresh processes which run two steps and nothing else. Compared is the growth over the
// process before it has made its inputs, so that neither Python nor the libraries count against PyTorch.
package main

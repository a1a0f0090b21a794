// Package gemm multiplies float32 matrices on all cores, and holds the other inner loops of the losses: packing,
// exponentials, norms, distances. Gemm is for everybody; the rest is for packages that fuse.
//
// The kernels are C, compiled by cgo once for each instruction set; the best that the CPU has is taken at start (Kernel
// says which). Builds without cgo use plain Go, about ten times slower, with the same answers up to rounding.
//
// # Design
//
// Needed: a matrix product as fast as PyTorch's, without a fragile install. Measured on two Zen 4 cores, 512×512×4096:
// gonum's own Sgemm 28 GFLOP/s, PyTorch (MKL) 184; the kernel here does 117 on one core, about the hardware's limit
// (`make bench-losses` compares on the machine at hand). It is a register tile of 14 × 32 (AVX-512), 6 × 16 (AVX2 with
// FMA), 8 × 8 (NEON) or 4 × 8 (SSE2) on packed panels, as in Goto and van de Geijn, Anatomy of High-Performance Matrix
// Multiplication, ACM TOMS 34(3), 2008, with the A block in the second-level cache. Chosen over ONNX Runtime's MatMul
// behind blas32.Use (a session per shape, copies in and out, no accumulation into C, and no access to the packed panels
// into which arcface folds its scaling), OpenBLAS through gonum/netlib (a system library to install, its own threads),
// and Go assembly (cgo is needed for ONNX Runtime anyway, and C serves amd64 and arm64 from one source). cgo costs
// under 0.1 µs per call, and a call is never less than a block.
//
// The order of every sum is fixed by the shapes, not by cores or scheduling: the same inputs give the same bits.
package gemm

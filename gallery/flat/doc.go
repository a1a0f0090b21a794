// Package flat is an exact cosine index: the same people, in the same order, with the same scores as a float32
// brute force over every template, read from an eighth of the bytes.
//
//	x, err := flat.New(512, nil)
//	err = x.Append([]flat.Row{{Template: 1, Person: 7, Vector: v}}, flat.Stamp{})
//	found, err := x.Search(ctx, [][]float32{probe}, nil) // found[0][0].Person == 7
//
// In a file it is the sidecar of a store: everything in it can be made again. Create builds one, Open maps it, and
// Stamp says which state of the store it holds. Whatever is damaged is ErrDamaged, never a wrong answer.
//
// # Reference score
//
// The score of unit vectors q and x is their dot product: products as float64, where they are exact; added in 16
// running sums, dimension i to sum i mod 16 by ascending i; sums j and j+8 added, then j and j+4, j+2, j+1; rounded
// once to float32; clamped to [-1, 1]. Exact products make fused and separate multiply-add the same, so that the score
// is equal to the last bit on AVX-512, AVX2, NEON and plain Go, for one probe or many. A person's score is the best
// template's, of equal ones that with the lowest id; equal people are ordered by ascending id.
//
// # Codes
//
// A row x has a scale s and codes u in 0…255 with x ≈ s(u-127.5). The upper and lower four bits lie in two planes of
// dp/2 bytes per row, dp being the dimension rounded up to 128. The first pass reads the high plane of every row, whose
// middle value is x₄ = 16s(⌊u/16⌋-7.5). The second pass adds the low plane of the few rows that may still win and has
// x₈ = s(u-127.5). What then may still win gets its reference score. A probe is q ≈ q̂ = t·e, e in -127…127.
//
// # Bound
//
// For a code x̂ of x (x₄ or x₈), by Cauchy–Schwarz,
//
//	q·x = q̂·x̂ + q̂·(x-x̂) + (q-q̂)·x ≤ q̂·x̂ + ‖q̂‖‖x-x̂‖ + ‖q-q̂‖‖x‖ ≤ q̂·x̂ + (‖q‖+δ)r + δN
//
// with δ ≥ ‖q-q̂‖; r ≥ ‖x-x̂‖, kept for each row and plane and computed from the codes as they are, so that it
// holds whatever the rounding to codes did; and N = 1.002 above every length that Append lets in. q̂·x̂ is t·s/2 times
// an integer: 16(2D-15E) for x₄ and 2U-255E for x₈, where D, U and E are the sums of e⌊u/16⌋, e·u and e. A row is left
// out only if this bound is below the score of the k-th person found so far, which never falls.
//
// Rounding. The integers are exact; |2D-15E| ≤ 15·127·4096 < 2²⁴, so its float32 is exact too. δ, ‖q‖ and r are
// computed in float64 (relative error below 4100·2⁻⁵³), enlarged by 1e-9, and r is rounded up to float32. In the first
// pass three float32 products and one sum (fused or not) have a relative error below 5·2⁻²⁴ = 3e-7 in terms that are at
// most ‖q̂‖‖x₄‖ ≤ (‖q‖+δ)(N+r) and (‖q‖+δ)r: below 3e-7(‖q‖+δ)N + 6e-7(‖q‖+δ)r. The factor of r is enlarged by 1e-5,
// which covers the second term; the first is below 4e-7, for ‖q‖+δ ≤ 1.3 (δ ≤ t√d/2 ≤ 64/254). The second pass is
// float64 and far within that. The reference score errs by 512·2⁻⁵³ in the sum and 2⁻²⁵ in its last rounding. Together
// that is below 5e-7, and the threshold is lowered by 1e-6. Clamping is monotone, and with a threshold of -1 every row
// is kept. A test tries the bound against the reference score for every kind of vector it can think of.
//
// For random directions in 512 dimensions r is 0.11 with four bits and 0.007 with eight: of a million rows about four
// in a hundred see the second pass, and about fifty are read as float32. A vector with few large values has a larger r₄
// and more rows go to the second pass: slower, never wrong.
//
// # File
//
// See layout and commit in the source: a head of 4096 bytes, then chunks of 1024 rows with figures, high plane, low
// plane and vectors. Full chunks are mapped and their three checksums (CRC-32C) are tried when a search first touches
// them; the unfinished last chunk is read and checked at once; every vector has its own checksum, tried at each
// reading. Rows are written behind the committed ones, synced, then committed by one of two alternating records. A torn
// tail is ignored, a torn record means the state before it (Stats.Torn), whose Stamp the caller sees. A deletion marks
// the file, overwrites the rows with zeros, makes the checksums anew and takes the mark off; a writer killed between
// leaves ErrDamaged.
//
// One process writes at a time: an advisory lock (flock) guards that, beside the caller's own. Others search meanwhile
// and take in changes with Refresh. On systems without mmap the codes are read at Open, and there is no lock but the
// caller's.
//
// # Caveats
//
// Cutting the file short under a process that has it mapped kills that process; replace it by rename, as Commit does.
// Template ids must be unique, which is not checked. Each Append of a file costs two fsyncs and a copy of the last
// chunk's codes (half a megabyte): append in batches. Resident memory of a file is its codes and figures, dp+32 bytes a
// row; vectors are read with pread and never mapped in.
//
// # Design
//
// Interleaving 16 rows by four dimensions lets one VNNI instruction feed 16 sums without adding across lanes. The low
// plane lies row by row because few rows of it are read. Four bits first halves the bytes that one probe must read,
// which is all that matters to it; for many probes the same plane is a matrix product in cache. Rejected: an
// approximate graph (a biometric's error rate should not hang on recall); three bits (half of the rows survive) and two
// bits (all do); mapping the vectors (each candidate would map sixteen pages); a plane of clipped codes (r₄ falls by 5
// %, r₈ grows fourfold).
package flat

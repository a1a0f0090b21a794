// What Go calls. isa is 0 base, 1 AVX2 with FMA, 2 AVX-512; see kernel.h for each function.
int fg_best(void);
int fg_mr(int isa);
int fg_nr(int isa);
void fg_macro(int isa, long m, long n, long k, const float *a, const float *b, float *c, long ldc, float alpha, int add);
void fg_packn(int isa, float *dst, const float *src, long ld, long k, long w, long p, const float *sk, const float *sw);
void fg_packt(int isa, float *dst, const float *src, long ld, long k, long w, long p, const float *sk, const float *sw);
void fg_softmax(int isa, float *z, long ld, long m, long n, float floor, float *max, float *sum);
void fg_sumsq(int isa, const float *x, long ld, long m, long d, double *out);
void fg_project(int isa, float *g, long ldg, const float *w, long ldw, const float *inv, long m, long d);
void fg_axpy(int isa, float *y, const float *x, float a, long n);
void fg_sqdist(int isa, const float *x, const float *c, long ldc, long m, long d, float *out);

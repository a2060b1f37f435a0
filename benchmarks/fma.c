/* Fused multiply-adds on registers only: what one core can do at most, in GFLOP/s. */
#include <stdio.h>
#include <time.h>
#define LANES 16 /* floats of the widest vector; the compiler splits it where it is narrower */
#define CHAINS 12 /* independent sums, enough to hide the latency */
typedef float vec __attribute__((vector_size(4 * LANES)));

static double seconds(void) {
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec + 1e-9 * t.tv_nsec;
}

int main(void) {
    const long rounds = 20000000;
    double best = 0;
    for (int repeat = 0; repeat < 5; repeat++) {
        vec sum[CHAINS], a, b;
        for (int k = 0; k < LANES; k++) { a[k] = 0.999f; b[k] = 1e-3f * k; }
        for (int c = 0; c < CHAINS; c++) sum[c] = b + (float)c;
        double start = seconds();
        for (long r = 0; r < rounds; r++)
            for (int c = 0; c < CHAINS; c++) sum[c] = sum[c] * a + b;
        double taken = seconds() - start, rate = 2.0 * LANES * CHAINS * rounds / taken * 1e-9;
        volatile float keep = 0;
        for (int c = 0; c < CHAINS; c++) keep += sum[c][0];
        if (rate > best) best = rate;
    }
    printf("%.1f\n", best);
    return 0;
}

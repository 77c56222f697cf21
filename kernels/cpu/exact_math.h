// Double-precision functions with a fixed order of operations, independent of the C library: tables made with them
// (RoPE angles, for example) are the same bits on every platform.
#pragma once

namespace wasmchord::kernels {

// Sine and cosine, absolute error below 3e-16 for |angle| <= 2^20 radians. NaN for an angle beyond 2^30, infinite or
// NaN.
void sincos_exact(double angle, double* sine, double* cosine);

// e^x, relative error below 4e-16. Infinity above 709.78, 0 below -708.39 (no subnormal results), NaN for NaN.
double exp_exact(double x);

// Natural logarithm, error below 2 units in the last place for finite normal x > 0; NaN for anything else.
double log_exact(double x);

// base^exponent = e^(exponent ln base) for finite normal base > 0, relative error below 4e-16 (1 + |exponent ln base|);
// NaN for any other base.
double pow_exact(double base, double exponent);

}  // namespace wasmchord::kernels

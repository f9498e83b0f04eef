#!/usr/bin/env python3
"""Coefficients of Phi(x) = 1/2 + x P(x^2) / Q(x^2) on |x| <= REACH, for gelu_coefficients.h.

Linearised least squares, reweighted towards the minimax (Lawson 1961), in double, then checked
in float32. Run: python3 gelu_fit.py > gelu_coefficients.h (needs numpy and scipy)."""
import numpy as np
from scipy.special import ndtr

REACH, NP, NQ = 5.6, 6, 6
x = (1 - np.cos(np.linspace(0, np.pi / 2, 6001)[1:])) * REACH
t = x * x
f = (ndtr(x) - 0.5) / x
T = t / REACH**2
w = np.ones_like(x)
q_old = np.ones_like(x)
best = None
for step in range(400):
    # sum p_i T^i - f sum_{j>=1} q_j T^j = f, weighted by x (the absolute error of Phi)
    s = x * np.sqrt(w) / q_old
    A = np.concatenate([np.vander(T, NP, increasing=True),
                        -f[:, None] * np.vander(T, NQ, increasing=True)[:, 1:]], axis=1)
    sol = np.linalg.lstsq(A * s[:, None], f * s, rcond=1e-16)[0]
    p, q = sol[:NP], np.concatenate([[1.0], sol[NP:]])
    q_old = np.polyval(q[::-1], T)
    e = np.abs(x * (np.polyval(p[::-1], T) / q_old - f))
    if best is None or e.max() < best[0]:
        best = (e.max(), p, q)
    w *= e / e.max() + 1e-3
    w /= w.sum()
error, p, q = best
p, q = p / REACH ** (2 * np.arange(NP)), q / REACH ** (2 * np.arange(NQ))
print("/* Made by gelu_fit.py: largest error of Phi on |x| <= %.1f is %.1e. Highest power first. */"
      % (REACH, error))
print("#define GELU_REACH %.1ff\n#define GELU_P %d\n#define GELU_Q %d" % (REACH, NP, NQ))
for name, c in (("p", p), ("q", q)):
    print("static const float gelu_%s[] = {%s};"
          % (name, ", ".join("%.9ef" % v for v in c[::-1])))

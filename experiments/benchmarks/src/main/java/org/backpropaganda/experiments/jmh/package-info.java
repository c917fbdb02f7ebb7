/** Benchmarks: kernels, ops and whole training steps. Compare figures of one run only. */
@NullMarked
package org.backpropaganda.experiments.jmh;

import org.jspecify.annotations.NullMarked;

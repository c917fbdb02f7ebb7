/** Kernels of oneDNN, for {@code FLOAT}. */
@NullMarked
package org.backpropaganda.autograd.kernel.onednn;

import org.jspecify.annotations.NullMarked;

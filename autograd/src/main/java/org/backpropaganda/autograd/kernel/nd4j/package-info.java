/** Kernels of ND4J, for {@code DOUBLE}. */
@NullMarked
package org.backpropaganda.autograd.kernel.nd4j;

import org.jspecify.annotations.NullMarked;

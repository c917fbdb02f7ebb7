/**
 * Numeric kernels on tensors. Results are written into tensors that the caller gives; nothing is allocated but scratch.
 * {@code FLOAT} runs through oneDNN, {@code DOUBLE} through ND4J: the second is the reference that the first is tested
 * against.
 */
@NullMarked
package org.backpropaganda.autograd.kernel;

import org.jspecify.annotations.NullMarked;

/** Tensors with an owner, the byte ledger, the tape, ops, layers, optimizers, files and gradient checks. */
@NullMarked
package org.backpropaganda.autograd;

import org.jspecify.annotations.NullMarked;

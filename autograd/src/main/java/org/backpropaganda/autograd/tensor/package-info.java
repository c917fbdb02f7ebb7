/** Memory with an owner: native blocks, the byte ledger, scopes and tensors. */
@NullMarked
package org.backpropaganda.autograd.tensor;

import org.jspecify.annotations.NullMarked;

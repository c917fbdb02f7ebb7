/** The ops: one record each, with shape rule, declared saves, forward and vector-Jacobian product in one file. */
@NullMarked
package org.backpropaganda.autograd.op;

import org.jspecify.annotations.NullMarked;

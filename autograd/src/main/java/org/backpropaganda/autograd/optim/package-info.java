/** Optimizers, learning-rate schedules, gradient clipping, and averages of weights. */
@NullMarked
package org.backpropaganda.autograd.optim;

import org.jspecify.annotations.NullMarked;

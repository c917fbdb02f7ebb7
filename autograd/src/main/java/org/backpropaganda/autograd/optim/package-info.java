/** Optimizers and learning-rate schedules. */
@NullMarked
package org.backpropaganda.autograd.optim;

import org.jspecify.annotations.NullMarked;

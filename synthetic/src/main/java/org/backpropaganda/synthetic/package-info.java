/** Decoupled modules: each learns from a predicted gradient, and the predictors from what comes after. */
@NullMarked
package org.backpropaganda.synthetic;

import org.jspecify.annotations.NullMarked;

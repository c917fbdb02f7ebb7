/** Decoupled modules: predicted gradients and local losses. */
@NullMarked
package org.backpropaganda.synthetic;

import org.jspecify.annotations.NullMarked;

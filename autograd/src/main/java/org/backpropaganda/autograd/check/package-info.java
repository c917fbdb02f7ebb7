/** Checks of gradients: against finite differences, and of one set against another. */
@NullMarked
package org.backpropaganda.autograd.check;

import org.jspecify.annotations.NullMarked;

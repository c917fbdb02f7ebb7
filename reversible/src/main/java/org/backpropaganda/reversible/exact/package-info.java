/** Couplings in fixed point, whose streams are had back to the bit. */
@NullMarked
package org.backpropaganda.reversible.exact;

import org.jspecify.annotations.NullMarked;

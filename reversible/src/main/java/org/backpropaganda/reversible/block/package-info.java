/** Couplings of published reversible networks. */
@NullMarked
package org.backpropaganda.reversible.block;

import org.jspecify.annotations.NullMarked;

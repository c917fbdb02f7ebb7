/** Blocks that reconstruct their input, and in-place activated batch norm. */
@NullMarked
package org.backpropaganda.reversible;

import org.jspecify.annotations.NullMarked;

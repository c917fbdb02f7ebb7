/** Saved tensors that are computed again in backward, in place of being kept. */
@NullMarked
package org.backpropaganda.checkpointing.recompute;

import org.jspecify.annotations.NullMarked;

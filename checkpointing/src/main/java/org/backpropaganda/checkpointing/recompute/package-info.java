/**
 * Computes saved tensors again op by op instead of keeping them.
 */
@NullMarked
package org.backpropaganda.checkpointing.recompute;

import org.jspecify.annotations.NullMarked;

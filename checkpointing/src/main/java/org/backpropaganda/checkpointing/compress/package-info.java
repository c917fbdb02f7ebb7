/**
 * Saved tensors in fewer bits: codecs that lose some, policies that say what is packed by which, and what that does to
 * gradients.
 */
@NullMarked
package org.backpropaganda.checkpointing.compress;

import org.jspecify.annotations.NullMarked;

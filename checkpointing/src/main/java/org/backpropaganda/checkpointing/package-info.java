/** Modules that keep their inputs alone and are computed again in backward, one by one or in segments of a sequence. */
@NullMarked
package org.backpropaganda.checkpointing;

import org.jspecify.annotations.NullMarked;

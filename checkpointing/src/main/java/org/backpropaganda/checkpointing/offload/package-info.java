/** Tensors that wait in a file, out of memory, until backward reads them: the file, and the policy that saves to it. */
@NullMarked
package org.backpropaganda.checkpointing.offload;

import org.jspecify.annotations.NullMarked;

/** Schedules, recomputation, planners, and policies for saved tensors. */
@NullMarked
package org.backpropaganda.checkpointing;

import org.jspecify.annotations.NullMarked;

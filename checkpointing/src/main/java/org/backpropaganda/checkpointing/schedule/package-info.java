/**
 * Which steps of a chain are computed when, and what is kept where: schedules as sequences of {@link
 * org.backpropaganda.checkpointing.schedule.Action actions}, and their check without a tensor.
 */
@NullMarked
package org.backpropaganda.checkpointing.schedule;

import org.jspecify.annotations.NullMarked;

/**
 * Which block of a chain is executed in which way, so that a training step is as fast as a number of bytes allows: the chain as
 * numbers, the exact search for the best plans, and plans as data. Nothing here knows a tensor.
 */
@NullMarked
package org.backpropaganda.checkpointing.plan;

import org.jspecify.annotations.NullMarked;

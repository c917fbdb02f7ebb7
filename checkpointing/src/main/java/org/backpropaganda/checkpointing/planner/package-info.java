/**
 * The fastest training step that fits into a number of bytes: a model is cut into blocks, every technique of the class path offers
 * what it can do with each, shapes tell what that costs, and the plan is run on shapes before anybody trusts it.
 */
@NullMarked
package org.backpropaganda.checkpointing.planner;

import org.jspecify.annotations.NullMarked;

/**
 * Random models, by which a technique that saves memory, a block, or any combination of them is held to plain
 * backpropagation. Begin with {@link org.backpropaganda.autograd.testkit.random.RandomModelContract}.
 */
@NullMarked
package org.backpropaganda.autograd.testkit.random;

import org.jspecify.annotations.NullMarked;

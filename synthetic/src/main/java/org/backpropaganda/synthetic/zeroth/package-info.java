/** Learning along random directions that a seed gives, with a backward pass or without: baselines of what gradients are worth. */
@NullMarked
package org.backpropaganda.synthetic.zeroth;

import org.jspecify.annotations.NullMarked;

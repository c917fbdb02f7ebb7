/** How near what modules learn from comes to the gradients of backpropagation. */
@NullMarked
package org.backpropaganda.synthetic.probe;

import org.jspecify.annotations.NullMarked;

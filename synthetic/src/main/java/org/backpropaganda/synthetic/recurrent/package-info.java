/** Predicted gradients between the windows of a sequence. */
@NullMarked
package org.backpropaganda.synthetic.recurrent;

import org.jspecify.annotations.NullMarked;

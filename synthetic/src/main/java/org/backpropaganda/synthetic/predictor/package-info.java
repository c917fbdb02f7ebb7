/** What predicts a gradient from the tensor that it belongs to. */
@NullMarked
package org.backpropaganda.synthetic.predictor;

import org.jspecify.annotations.NullMarked;

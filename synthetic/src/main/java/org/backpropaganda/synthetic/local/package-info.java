/** Losses that a module learns from by itself. */
@NullMarked
package org.backpropaganda.synthetic.local;

import org.jspecify.annotations.NullMarked;

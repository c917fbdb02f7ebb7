/** Who holds the bytes of a training step at its peak, and what two peaks differ by. */
@NullMarked
package org.backpropaganda.experiments.peak;

import org.jspecify.annotations.NullMarked;

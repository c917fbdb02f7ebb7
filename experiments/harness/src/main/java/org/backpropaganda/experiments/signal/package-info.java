/** How activations and gradients grow or vanish with depth, for initialisers, activations and norms of choice. */
@NullMarked
package org.backpropaganda.experiments.signal;

import org.jspecify.annotations.NullMarked;

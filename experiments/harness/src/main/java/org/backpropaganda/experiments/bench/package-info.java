/** Training steps of this library and of others, side by side. */
@NullMarked
package org.backpropaganda.experiments.bench;

import org.jspecify.annotations.NullMarked;

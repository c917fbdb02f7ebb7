/** Recurrent networks whose states are reconstructed step by step. */
@NullMarked
package org.backpropaganda.reversible.recurrent;

import org.jspecify.annotations.NullMarked;

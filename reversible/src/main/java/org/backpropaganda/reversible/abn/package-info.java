/** In-place activated batch normalisation. */
@NullMarked
package org.backpropaganda.reversible.abn;

import org.jspecify.annotations.NullMarked;

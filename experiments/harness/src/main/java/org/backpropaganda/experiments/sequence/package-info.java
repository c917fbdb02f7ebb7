/** Tasks of long sequences with a curriculum. */
@NullMarked
package org.backpropaganda.experiments.sequence;

import org.jspecify.annotations.NullMarked;

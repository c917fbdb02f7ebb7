/** The largest step that fits into a number of bytes. */
@NullMarked
package org.backpropaganda.experiments.fit;

import org.jspecify.annotations.NullMarked;

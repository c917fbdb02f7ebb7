/** A language model of characters. */
@NullMarked
package org.backpropaganda.experiments.text;

import org.jspecify.annotations.NullMarked;

/** Published figures beside those of this library. */
@NullMarked
package org.backpropaganda.experiments.reproduce;

import org.jspecify.annotations.NullMarked;

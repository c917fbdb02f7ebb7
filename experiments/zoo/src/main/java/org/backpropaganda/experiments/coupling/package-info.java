/** Kinds of couplings by their names, and how the streams of each are made of one tensor and become one again. */
@NullMarked
package org.backpropaganda.experiments.coupling;

import org.jspecify.annotations.NullMarked;

/** One training run in this JVM: the loop, the measurements, the result. */
@NullMarked
package org.backpropaganda.experiments.run;

import org.jspecify.annotations.NullMarked;

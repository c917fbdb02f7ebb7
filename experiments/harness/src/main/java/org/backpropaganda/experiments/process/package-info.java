/** Child processes: one JVM a run. */
@NullMarked
package org.backpropaganda.experiments.process;

import org.jspecify.annotations.NullMarked;

/** The models of the benchmark in libtorch, for comparison. Built only with the Maven profile {@code libtorch}. */
@NullMarked
package org.backpropaganda.experiments.libtorch;

import org.jspecify.annotations.NullMarked;

/** Files of a run for other programs: traces, TensorBoard events, memory snapshots. */
@NullMarked
package org.backpropaganda.experiments.export;

import org.jspecify.annotations.NullMarked;

/** Models, data, the measuring harness, the command line, reports and benchmarks. */
@NullMarked
package org.backpropaganda.experiments;

import org.jspecify.annotations.NullMarked;

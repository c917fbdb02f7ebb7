/** Files and tables made of results. */
@NullMarked
package org.backpropaganda.experiments.report;

import org.jspecify.annotations.NullMarked;

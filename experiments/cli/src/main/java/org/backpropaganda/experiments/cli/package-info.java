/** The command line. */
@NullMarked
package org.backpropaganda.experiments.cli;

import org.jspecify.annotations.NullMarked;

/** Programs that show what a process holds beside the ledger. */
@NullMarked
package org.backpropaganda.experiments.memory;

import org.jspecify.annotations.NullMarked;

/** Modules that run apart from each other and meet through messages alone: stale gradients, pipelines, threads. */
@NullMarked
package org.backpropaganda.synthetic.stage;

import org.jspecify.annotations.NullMarked;

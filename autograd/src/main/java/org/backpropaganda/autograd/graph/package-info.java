/** Recording and differentiation: ops, tapes, segments, gradients. */
@NullMarked
package org.backpropaganda.autograd.graph;

import org.jspecify.annotations.NullMarked;

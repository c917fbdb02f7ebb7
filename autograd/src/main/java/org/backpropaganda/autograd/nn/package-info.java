/** Modules: layers with parameters, and containers that compose them. */
@NullMarked
package org.backpropaganda.autograd.nn;

import org.jspecify.annotations.NullMarked;

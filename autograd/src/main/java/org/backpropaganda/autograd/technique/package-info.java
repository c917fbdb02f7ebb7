/** Techniques that save memory, found by their names, and the structure of a model that they arrange. */
@NullMarked
package org.backpropaganda.autograd.technique;

import org.jspecify.annotations.NullMarked;

/**
 * The laws of couplings as JUnit tests to extend, and the techniques of the reversible family for random models. Published
 * as {@code backpropaganda-reversible-testkit}.
 */
@NullMarked
package org.backpropaganda.reversible.testkit;

import org.jspecify.annotations.NullMarked;

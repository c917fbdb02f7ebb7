/** Fixtures for tests and experiments: what perfect predictions would do. */
@NullMarked
package org.backpropaganda.synthetic.testing;

import org.jspecify.annotations.NullMarked;

/** Networks that are reversible discretisations of differential equations, and reversible solvers. */
@NullMarked
package org.backpropaganda.reversible.ode;

import org.jspecify.annotations.NullMarked;

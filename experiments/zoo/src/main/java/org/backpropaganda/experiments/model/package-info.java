/** The models that are compared, and how a strategy arranges one. */
@NullMarked
package org.backpropaganda.experiments.model;

import org.jspecify.annotations.NullMarked;

/** How far reconstructed streams are from stored ones, by depth and kind of coupling. */
@NullMarked
package org.backpropaganda.experiments.drift;

import org.jspecify.annotations.NullMarked;

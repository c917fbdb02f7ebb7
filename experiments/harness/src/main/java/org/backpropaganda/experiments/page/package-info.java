/** One self-contained page: tables and charts as values, which the page's script draws. */
@NullMarked
package org.backpropaganda.experiments.page;

import org.jspecify.annotations.NullMarked;

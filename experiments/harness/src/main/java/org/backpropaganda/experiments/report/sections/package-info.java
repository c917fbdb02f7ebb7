/** What the pages of runs consist of: a file for each section. */
@NullMarked
package org.backpropaganda.experiments.report.sections;

import org.jspecify.annotations.NullMarked;

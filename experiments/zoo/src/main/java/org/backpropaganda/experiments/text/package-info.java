/** Language models: one of characters that is trained on a text, and GPT-2 in parts that techniques arrange. */
@NullMarked
package org.backpropaganda.experiments.text;

import org.jspecify.annotations.NullMarked;

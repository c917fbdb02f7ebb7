package org.backpropaganda.autograd.technique;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;

/**
 * A module that is trained with the help of learners beside it, as predictors of its gradients. In training it is called
 * with the labels behind its inputs, from which the learners may learn; in evaluation it needs none.
 */
public interface LocallyTrained {
    /** The learners in order. Their parameters are not among the module's, and need an optimizer too. */
    List<? extends Module> learners();
}

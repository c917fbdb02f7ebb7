package org.backpropaganda.autograd.nn;

import java.util.List;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * One module in a {@link ModelSummary}, without the modules in it.
 *
 * @param path of its calls; empty for the model itself
 * @param type its class; of a module that stands in another's place, as in a wrapper, both: {@code Checkpoint(Linear)}
 * @param calls how often a forward calls it, or 0 if it never does
 * @param outputs what the last call returned
 * @param parameters numbers in the parameters of its own; a parameter that is shared counts where it is met first
 * @param savedBytes bytes that are held for backward and were made in its calls
 * @param multiplyAdds of its own in one forward
 */
public record LayerSummary(
        String path,
        String type,
        int calls,
        List<TensorSpec> outputs,
        long parameters,
        long savedBytes,
        long multiplyAdds) {}

package org.backpropaganda.synthetic.stage;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.graph.ModuleCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Invertible;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;

/** What can tell its inputs from its outputs: an invertible module, or a sequence of such. */
final class Inversion {
    private Inversion() {}

    static Optional<Invertible> of(Module module) {
        if (module instanceof Invertible invertible) {
            return Optional.of(invertible);
        }
        return module instanceof Sequential sequence ? ofLinks(sequence) : Optional.empty();
    }

    private static Optional<Invertible> ofLinks(Sequential sequence) {
        List<Invertible> back = new ArrayList<>();
        for (Module link : sequence.links()) {
            Optional<Invertible> inverse = of(link);
            if (inverse.isEmpty()) {
                return Optional.empty();
            }
            back.add(inverse.get());
        }
        Collections.reverse(back);
        return Optional.of(outputs -> {
            try (ModuleCall call = outputs.get(0).tape().enter(sequence)) {
                List<Variable> values = outputs;
                for (Invertible link : back) {
                    values = link.inverse(values);
                }
                return call.returning(values);
            }
        });
    }
}

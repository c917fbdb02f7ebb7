package org.backpropaganda.reversible.recurrent;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;
import org.backpropaganda.reversible.ReversibleSequence;

/** The laws of modules, for reversible recurrent layers. */
class RecurrentContractTest extends ModuleContract {
    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(
                ModuleCase.of(
                        "cell",
                        factory -> new ReversibleSequence(List.of(
                                new ReversibleGruCell(factory, 3, 4, 0.7), new ReversibleGruCell(factory, 3, 4, 0.7))),
                        Input.in(5, 2),
                        Input.in(5, 2),
                        Input.in(5, 3)),
                ModuleCase.of(
                        "from zeros",
                        factory -> ReversibleGru.builder(factory, 3, 4, 0.7).build(),
                        Input.in(4, 2, 3)),
                ModuleCase.of(
                        "from a state, batch first, with anchors",
                        factory -> ReversibleGru.builder(factory, 3, 4, 0.7)
                                .batchFirst()
                                .anchorEvery(2)
                                .build(),
                        Input.in(2, 5, 3),
                        Input.in(2, 4)),
                ModuleCase.of(
                        "steps of one cell",
                        Steps::new,
                        Input.in(5, 2),
                        Input.in(5, 2),
                        Input.in(5, 3),
                        Input.in(5, 3)));
    }

    /** Two steps that share what they call, as a layer has them while it is called. */
    private static final class Steps extends Module {
        private final Module steps;

        Steps(ParameterFactory factory) {
            Module first = register("first", ReversibleGruCell.half(factory, 3, 4, 0.7));
            Module second = register("second", ReversibleGruCell.half(factory, 3, 4, 0.7));
            steps = register(
                    "steps",
                    new ReversibleSequence(Stream.of("x0", "x1")
                            .map(x -> new ReversibleGruCell(new Shared(first), new Shared(second), x, List.of(x)))
                            .toList()));
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return steps.call(inputs).subList(0, 2);
        }
    }
}

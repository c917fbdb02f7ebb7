package org.backpropaganda.reversible.recurrent;

import java.util.List;
import java.util.stream.Stream;
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
                        Input.in(2, 4)));
    }
}

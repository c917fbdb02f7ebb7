package org.backpropaganda.reversible.recurrent;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.testkit.CouplingCase;
import org.backpropaganda.reversible.testkit.CouplingContract;

class ReversibleGruCellTest extends CouplingContract {
    @Override
    protected Stream<CouplingCase> cases() {
        return Stream.of(0.9, 0.3)
                .map(least -> CouplingCase.of(
                                "at least " + least,
                                (factory, counted) -> new ReversibleGruCell(
                                        counted.apply(ReversibleGruCell.half(factory, 3, 4, least)),
                                        counted.apply(ReversibleGruCell.half(factory, 3, 4, least)),
                                        "x"),
                                Shape.of(5, 2),
                                Shape.of(5, 2))
                        .withSides(Shape.of(5, 3)));
    }
}

package org.backpropaganda.reversible.recurrent;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.testkit.CouplingCase;
import org.backpropaganda.reversible.testkit.CouplingContract;

class ReversibleGruCellTest extends CouplingContract {
    @Override
    protected Stream<CouplingCase> cases() {
        return Stream.of(
                cell("at least 0.9", 0.9, "x", List.of()).withSides(Shape.of(5, 3)),
                cell("at least 0.3", 0.3, "x", List.of()).withSides(Shape.of(5, 3)),
                cell("beside an input that others read", 0.9, "x1", List.of("x0", "x1"))
                        .withSides(Shape.of(5, 2), Shape.of(5, 3)));
    }

    private static CouplingCase cell(String name, double least, String x, List<String> sides) {
        return CouplingCase.of(
                name,
                (factory, counted) -> new ReversibleGruCell(
                        counted.apply(ReversibleGruCell.half(factory, 3, 4, least)),
                        counted.apply(ReversibleGruCell.half(factory, 3, 4, least)),
                        x,
                        sides),
                Shape.of(5, 2),
                Shape.of(5, 2));
    }
}

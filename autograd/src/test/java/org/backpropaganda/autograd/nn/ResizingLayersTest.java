package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;

import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;
import org.junit.jupiter.api.Test;

class ResizingLayersTest extends ModuleContract {
    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(
                ModuleCase.of("means", f -> Pool2d.adaptiveAverage(2, 3), in(2, 5, 4, 2)),
                ModuleCase.of("means of equal windows", f -> Pool2d.adaptiveAverage(2, 2), in(1, 4, 6, 2)),
                ModuleCase.of(
                        "maxima", f -> Pool2d.adaptiveMax(2, 3), in(2, 5, 4, 2).distinct()),
                ModuleCase.of(
                        "maxima of equal windows",
                        f -> Pool2d.adaptiveMax(2, 2),
                        in(1, 4, 6, 2).distinct()),
                ModuleCase.of("repeated pixels", f -> Upsample.nearest(2), in(1, 2, 3, 2)),
                ModuleCase.of("interpolated pixels", f -> Upsample.bilinear(2, false), in(1, 2, 3, 2)));
    }

    @Test
    void sizesAreThoseAskedFor() {
        try (TensorScope scope = engine().scope("");
                Tape tape = Tape.inference(scope)) {
            Variable x = tape.constant(
                    scope.allocate(Shape.of(1, 7, 5, 2), DType.FLOAT).fill(1));
            assertThat(Pool2d.adaptiveAverage(3, 4).call(x).shape()).isEqualTo(Shape.of(1, 3, 4, 2));
            assertThat(Pool2d.adaptiveMax(1, 1).call(x).shape()).isEqualTo(Shape.of(1, 1, 1, 2));
            assertThat(Upsample.bilinear(3, true).call(x).shape()).isEqualTo(Shape.of(1, 21, 15, 2));
        }
    }
}

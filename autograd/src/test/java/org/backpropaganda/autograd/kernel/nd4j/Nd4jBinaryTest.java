package org.backpropaganda.autograd.kernel.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.backpropaganda.autograd.kernel.BinaryKernel.Function;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.Test;

class Nd4jBinaryTest {
    /** Sizes of an axis in a, in b. */
    private record Axis(int a, int b) {}

    @Provide
    Arbitrary<List<Axis>> axes() {
        return Arbitraries.of(1, 2, 3, 5, 8)
                .flatMap(size -> Arbitraries.of(new Axis(size, size), new Axis(1, size), new Axis(size, 1)))
                .list()
                .ofMaxSize(5);
    }

    @Property(tries = 300)
    void broadcasts(@ForAll("axes") List<?> axes, @ForAll Function function, @ForAll boolean dropLeft) {
        Shape a = Shape.of(axes.stream().mapToLong(axis -> ((Axis) axis).a()).toArray());
        Shape b = Shape.of(axes.stream().mapToLong(axis -> ((Axis) axis).b()).toArray());
        check(function, dropLeft ? withoutLeadingOnes(a) : a, dropLeft ? withoutLeadingOnes(b) : b);
    }

    @Test
    void worksOnManyElements() {
        for (Function function : Function.values()) {
            check(function, Shape.of(9, 31, 33, 16), Shape.of(16));
            check(function, Shape.of(16), Shape.of(9, 31, 33, 16));
            check(function, Shape.of(9, 1, 1, 16), Shape.of(9, 31, 33, 16));
            check(function, Shape.of(9, 31, 33, 16), Shape.of(9, 31, 33, 1));
            check(function, Shape.of(9, 31, 33, 16), Shape.scalar());
            check(function, Shape.scalar(), Shape.of(100_003));
            check(function, Shape.of(100_003), Shape.of(100_003));
            check(function, Shape.of(300, 1), Shape.of(1, 300));
        }
    }

    private static Shape withoutLeadingOnes(Shape shape) {
        return Shape.of(
                Arrays.stream(shape.toArray()).dropWhile(size -> size == 1).toArray());
    }

    private static void check(Function function, Shape left, Shape right) {
        try (Sandbox box = new Sandbox()) {
            Tensor a = box.random(left.toArray());
            Tensor b = box.random(right.toArray());
            Shape shape = Shape.broadcast(left, right);
            double[] expected = new double[(int) shape.elements()];
            double[] as = a.toDoubles();
            double[] bs = b.toDoubles();
            Sandbox.forEach(shape, (index, at) -> {
                double x = as[Sandbox.broadcastAt(left, index)];
                double y = bs[Sandbox.broadcastAt(right, index)];
                expected[at] = switch (function) {
                    case ADD -> x + y;
                    case SUBTRACT -> x - y;
                    case MULTIPLY -> x * y;
                    case DIVIDE -> x / y;
                    case MAXIMUM -> Math.max(x, y);
                    case MINIMUM -> Math.min(x, y);
                };
            });
            Tensor out = box.empty(shape);
            box.call(() -> box.kernels.binary().apply(function, a, b, out));
            assertThat(out.toDoubles()).isEqualTo(expected);
            if (left.equals(shape)) {
                Tensor inPlace = box.copyOf(a);
                box.call(() -> box.kernels.binary().apply(function, inPlace, b, inPlace));
                assertThat(inPlace.toDoubles()).isEqualTo(expected);
            }
            if (right.equals(shape)) {
                Tensor inPlace = box.copyOf(b);
                box.call(() -> box.kernels.binary().apply(function, a, inPlace, inPlace));
                assertThat(inPlace.toDoubles()).isEqualTo(expected);
            }
            assertThat(a.toDoubles()).isEqualTo(as);
            assertThat(b.toDoubles()).isEqualTo(bs);
        }
    }
}

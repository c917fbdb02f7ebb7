package org.backpropaganda.autograd.kernel.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.Test;

class Nd4jReductionTest {
    /** An axis; positive sizes are kept, negative ones summed. */
    @Provide
    Arbitrary<List<Integer>> axes() {
        return Arbitraries.of(1, 2, 3, 5, 8, -1, -2, -3, -5, -8).list().ofMaxSize(5);
    }

    @Property(tries = 300)
    void sumsOverAnyAxes(@ForAll("axes") List<Integer> axes, @ForAll boolean accumulate) {
        check(
                Shape.of(axes.stream().mapToLong(Math::abs).toArray()),
                Shape.of(axes.stream().mapToLong(size -> Math.max(1, size)).toArray()),
                accumulate);
    }

    @Test
    void worksOnManyElements() {
        for (boolean accumulate : new boolean[] {false, true}) {
            check(Shape.of(9, 31, 33, 16), Shape.of(1, 1, 1, 16), accumulate);
            check(Shape.of(9, 31, 33, 16), Shape.of(9, 1, 1, 16), accumulate);
            check(Shape.of(9, 31, 33, 16), Shape.of(9, 31, 33, 1), accumulate);
            check(Shape.of(9, 31, 33, 16), Shape.of(1, 31, 1, 16), accumulate);
            check(Shape.of(9, 31, 33, 16), Shape.of(1, 1, 1, 1), accumulate);
            check(Shape.of(100_003), Shape.of(1), accumulate);
        }
    }

    private static void check(Shape from, Shape to, boolean accumulate) {
        try (Sandbox box = new Sandbox()) {
            Tensor x = box.random(from.toArray());
            Tensor out = accumulate ? box.random(to.toArray()) : box.empty(to);
            double[] expected = accumulate ? out.toDoubles() : new double[(int) to.elements()];
            double[] values = x.toDoubles();
            Sandbox.forEach(from, (index, at) -> expected[Sandbox.broadcastAt(to, index)] += values[at]);
            Tensor twin = box.copyOf(out);
            box.call(() -> box.kernels.reduction().sum(x, out, accumulate));
            Sandbox.assertClose(out, expected);
            box.call(() -> box.kernels.reduction().sum(x, twin, accumulate));
            assertThat(twin.toDoubles()).isEqualTo(out.toDoubles());
        }
    }
}

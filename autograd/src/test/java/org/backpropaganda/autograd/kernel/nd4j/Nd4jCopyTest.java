package org.backpropaganda.autograd.kernel.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.Test;

class Nd4jCopyTest {
    /** A region inside a larger array, with its axes in any order; the source may repeat along an axis. */
    private static final class Region {
        final Shape outer;
        final long offset;
        final long[] strides;

        Region(Shape outer, long offset, long... strides) {
            this.outer = outer;
            this.offset = offset;
            this.strides = strides;
        }

        static Region random(List<Integer> dims, Random random, boolean repeat) {
            List<Integer> order = new ArrayList<>();
            for (int axis = 0; axis < dims.size(); axis++) {
                order.add(axis);
            }
            if (random.nextBoolean()) {
                Collections.shuffle(order, random);
            }
            long[] outer = new long[dims.size()];
            long[] starts = new long[dims.size()];
            for (int i = 0; i < outer.length; i++) {
                starts[i] = random.nextInt(2);
                outer[i] = dims.get(order.get(i)) + starts[i] + random.nextInt(2);
            }
            long[] outerStrides = Shape.of(outer).strides();
            long[] strides = new long[dims.size()];
            long offset = 0;
            for (int i = 0; i < outer.length; i++) {
                strides[order.get(i)] = repeat && random.nextInt(4) == 0 ? 0 : outerStrides[i];
                offset += starts[i] * outerStrides[i];
            }
            return new Region(Shape.of(outer), offset, strides);
        }

        int at(long[] index) {
            long at = offset;
            for (int axis = 0; axis < index.length; axis++) {
                at += index[axis] * strides[axis];
            }
            return (int) at;
        }
    }

    @Property(tries = 300)
    void copiesRegions(
            @ForAll @Size(max = 5) List<@IntRange(min = 1, max = 7) Integer> dims,
            @ForAll long seed,
            @ForAll boolean accumulate) {
        Random random = new Random(seed);
        check(dims, Region.random(dims, random, true), Region.random(dims, random, false), accumulate);
    }

    @Test
    void copiesLongRuns() {
        for (boolean accumulate : new boolean[] {false, true}) {
            Region transposed = new Region(Shape.of(90, 70), 0, 1, 70);
            check(List.of(70, 90), transposed, new Region(Shape.of(70, 90), 0, 90, 1), accumulate);
            Region half = new Region(Shape.of(3, 10_000), 5000, 10_000, 1);
            check(List.of(3, 5000), half, new Region(Shape.of(3, 5000), 0, 5000, 1), accumulate);
            Region row = new Region(Shape.of(5000), 0, 0, 1);
            check(List.of(3, 5000), row, half, accumulate);
        }
    }

    private static void check(List<Integer> dims, Region from, Region to, boolean accumulate) {
        try (Sandbox box = new Sandbox()) {
            Shape shape = Shape.of(dims.stream().mapToLong(d -> d).toArray());
            Tensor source = box.random(from.outer.toArray());
            Tensor destination = box.random(to.outer.toArray());
            double[] values = source.toDoubles();
            double[] expected = destination.toDoubles();
            Sandbox.forEach(shape, (index, flat) -> {
                int at = to.at(index);
                expected[at] = values[from.at(index)] + (accumulate ? expected[at] : 0);
            });
            box.call(() -> box.kernels
                    .copy()
                    .copy(shape, source, from.offset, from.strides, destination, to.offset, to.strides, accumulate));
            assertThat(destination.toDoubles()).isEqualTo(expected);
            assertThat(source.toDoubles()).isEqualTo(values);
        }
    }

    @Test
    void reachesBeyondOneJavaBuffer() {
        try (Sandbox box = new Sandbox();
                var scope = box.engine.scope("large")) {
            long boundary = 1L << 27;
            Tensor large = scope.allocate(Shape.of(boundary + 64), DType.DOUBLE);
            Tensor small = box.random(64);
            Tensor back = box.empty(64);
            long[] dense = {1};
            box.call(() -> box.kernels.copy().copy(small.shape(), small, 0, dense, large, boundary - 32, dense, false));
            box.call(() -> box.kernels.copy().copy(small.shape(), large, boundary - 32, dense, back, 0, dense, false));
            assertThat(back.toDoubles()).isEqualTo(small.toDoubles());
            assertThat(new Doubles(large).get(boundary)).isEqualTo(small.toDoubles()[32]);
        }
    }
}

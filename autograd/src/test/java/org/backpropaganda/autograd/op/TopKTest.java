package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopKTest extends OpContract {
    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new TopK(2, true), in(3, 5).distinct()),
                OpCase.of(new TopK(3, false), in(2, 2, 6).distinct()),
                OpCase.of(new TopK(4, true), in(3, 4).distinct()).named("all of them"),
                OpCase.of(new TopK(1, true), in(7).distinct()),
                OpCase.of(new TopK(1, false), in(2, 1).distinct()));
    }

    /** NaN counts as the largest: it stands once, first, and moves the others. */
    @Override
    protected boolean showsNan(OpCase opCase, int input) {
        return false;
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new TopK(0, true), spec(2, 3)),
                Refusal.of(new TopK(4, true), spec(2, 3)),
                Refusal.of(new TopK(1, true), spec()),
                Refusal.of(new TopK(1, true), spec(DType.INT, 2, 3)),
                Refusal.of(new TopK(1, true), spec(2, 3), spec(2, 3)));
    }

    /** As in the documentation of PyTorch's {@code topk}: of 1 to 5 the best three are 5, 4, 3. */
    @Test
    void golden() {
        Golden golden = Golden.of(new TopK(3, true), in(5).of(1, 2, 3, 4, 5));
        assertThat(golden.output()).containsExactly(5.0, 4.0, 3.0);
        assertThat(golden.gradients()).containsExactly(List.of(0.0, 0.0, 1.0, 1.0, 1.0));
        assertThat(Golden.of(new TopK(2, false), in(5).of(3, -1, 2, 0, 7)).output())
                .containsExactly(-1.0, 0.0);
    }

    @Test
    void ofEqualValuesTheFirstIsBetterAndNaNIsTheLargest() {
        double nan = Double.NaN;
        assertThat(indices(3, true, 1, nan, 0.0, -0.0, 1, nan)).containsExactly(1, 5, 0);
        assertThat(indices(4, false, 1, nan, 0.0, -0.0, 1, nan)).containsExactly(2, 3, 0, 4);
    }

    private double[] indices(int k, boolean largest, double... row) {
        try (TensorScope scope = engine().scope("top");
                Tape tape = Tape.inference(scope)) {
            Tensor x = scope.allocate(Shape.of(row.length), DType.DOUBLE).set(row);
            Tape.Applied top = TopK.topK(tape.constant(x), k, largest);
            Tensor found = top.results().get(0);
            assertThat(found.spec()).isEqualTo(new TensorSpec(Shape.of(k), DType.INT));
            double[] values = top.output().value().toDoubles();
            double[] places = found.toDoubles();
            double[] expected =
                    Arrays.stream(places).map(place -> row[(int) place]).toArray();
            assertThat(values).containsExactly(expected);
            return places;
        }
    }

    /** The first of all, sorted. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 17, 100})
    void isTheBeginningOfASort(int k) {
        double[] row = new SplittableRandom(k).ints(100, 0, 40).asDoubleStream().toArray();
        Comparator<Integer> ascending = Comparator.comparingDouble(i -> row[i]);
        assertThat(indices(k, false, row)).containsExactly(first(k, ascending));
        assertThat(indices(k, true, row)).containsExactly(first(k, ascending.reversed()));
    }

    private static double[] first(int k, Comparator<Integer> order) {
        Integer[] sorted = IntStream.range(0, 100).boxed().toArray(Integer[]::new);
        Arrays.sort(sorted, order);
        return Arrays.stream(sorted).limit(k).mapToDouble(i -> i).toArray();
    }
}

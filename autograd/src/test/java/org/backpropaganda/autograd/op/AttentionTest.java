package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Input.labels;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AttentionTest extends OpContract {

    private static Input mask(int... ones) {
        double[] values = new double[ones.length];
        for (int i = 0; i < ones.length; i++) {
            values[i] = ones[i];
        }
        return labels(2, 2, ones.length / 2).of(values);
    }

    @Override
    protected Stream<OpCase> cases() {
        Attention two = new Attention(2, false);
        Attention causal = new Attention(2, true);
        return Stream.of(
                OpCase.of(new Attention(1, false), in(1, 1, 1), in(1, 1, 1), in(1, 1, 1)),
                OpCase.of(two, in(2, 3, 4), in(2, 3, 4), in(2, 3, 4)),
                OpCase.of(two, in(2, 3, 4), in(2, 5, 4), in(2, 5, 6)).named("cross"),
                OpCase.of(causal, in(2, 4, 4), in(2, 4, 4), in(2, 4, 2)).named("causal"),
                OpCase.of(new Attention(3, true), in(1, 70, 6), in(1, 70, 6), in(1, 70, 3))
                        .named("more queries than a block has"),
                OpCase.of(two, in(2, 2, 4), in(2, 3, 4), in(2, 3, 4), mask(1, 0, 1, 0, 0, 1))
                        .named("masked"),
                OpCase.of(two, in(2, 2, 4), in(2, 2, 4), in(2, 2, 4), mask(0, 0, 1, 1))
                        .named("an image without keys"),
                OpCase.of(causal, in(2, 3, 4), in(2, 3, 4), in(2, 3, 4), mask(0, 1, 1, 1, 1, 0))
                        .named("causal and masked"),
                OpCase.of(two, in(2, 3, 4).constant(), in(2, 3, 4), in(2, 3, 4)),
                OpCase.of(two, in(2, 3, 4), in(2, 3, 4).constant(), in(2, 3, 4)),
                OpCase.of(two, in(2, 3, 4), in(2, 3, 4), in(2, 3, 4).constant()));
    }

    @Override
    protected Stream<Refusal> refusals() {
        Attention two = new Attention(2, false);
        return Stream.of(
                Refusal.of(two, spec(2, 3, 5), spec(2, 3, 5), spec(2, 3, 4)),
                Refusal.of(two, spec(2, 3, 4), spec(2, 3, 6), spec(2, 3, 4)),
                Refusal.of(two, spec(2, 3, 4), spec(1, 3, 4), spec(1, 3, 4)),
                Refusal.of(two, spec(2, 3, 4), spec(2, 3, 4), spec(2, 4, 4)),
                Refusal.of(new Attention(0, false), spec(2, 3, 4), spec(2, 3, 4), spec(2, 3, 4)),
                Refusal.of(new Attention(2, true), spec(2, 3, 4), spec(2, 5, 4), spec(2, 5, 4)),
                Refusal.of(two, spec(2, 3, 4), spec(2, 3, 4), spec(2, 3, 4), spec(DType.INT, 2, 4)),
                Refusal.of(two, spec(2, 4), spec(2, 4), spec(2, 4)));
    }

    /** Scores 0 and ln 3 before the root of D = 1: weights 1/4 and 3/4. */
    @Test
    void golden() {
        Golden golden = Golden.of(
                new Attention(1, false),
                in(1, 1, 1).of(1),
                in(1, 2, 1).of(0, Math.log(3)),
                in(1, 2, 1).of(8, 16));
        assertThat(golden.output().get(0)).isCloseTo(14, within(1e-6));
    }

    /** Against the formula in Java's own double arithmetic. */
    @ParameterizedTest
    @CsvSource({"DOUBLE, false, 1e-12", "DOUBLE, true, 1e-12", "FLOAT, false, 1e-5", "FLOAT, true, 1e-5"})
    void isTheFormula(DType dtype, boolean causal, double bound) {
        int images = 3;
        int length = 90;
        int heads = 2;
        int depth = 8;
        int width = heads * depth;
        SplittableRandom random = new SplittableRandom(5);
        double[][] qkv = new double[3][];
        for (int i = 0; i < qkv.length; i++) {
            qkv[i] = random.doubles((long) images * length * width, -2, 2)
                    .map(x -> (float) x)
                    .toArray();
        }
        Input shape = in(images, length, width);
        Golden golden =
                Golden.of(dtype, new Attention(heads, causal), shape.of(qkv[0]), shape.of(qkv[1]), shape.of(qkv[2]));
        double[] weights = new double[length];
        for (int image = 0; image < images; image++) {
            for (int head = 0; head < heads; head++) {
                for (int t = 0; t < length; t++) {
                    int keys = causal ? t + 1 : length;
                    double sum = 0;
                    for (int s = 0; s < keys; s++) {
                        double score = 0;
                        for (int d = 0; d < depth; d++) {
                            score += qkv[0][at(image, t, head * depth + d, length, width)]
                                    * qkv[1][at(image, s, head * depth + d, length, width)];
                        }
                        weights[s] = Math.exp(score / Math.sqrt(depth));
                        sum += weights[s];
                    }
                    for (int d = 0; d < depth; d++) {
                        double expected = 0;
                        for (int s = 0; s < keys; s++) {
                            expected += weights[s] / sum * qkv[2][at(image, s, head * depth + d, length, width)];
                        }
                        assertThat(golden.output().get(at(image, t, head * depth + d, length, width)))
                                .isCloseTo(expected, within(bound));
                    }
                }
            }
        }
    }

    private static int at(int image, int position, int column, int length, int width) {
        return (image * length + position) * width + column;
    }

    @Test
    void memoryIsLinearInTheLength() {
        long width = 16;
        for (long length : new long[] {1024, 2048}) {
            try (Engine engine = Engine.builder().threads(2).build();
                    TensorScope scope = engine.scope("");
                    Tape tape = Tape.training(scope, 0)) {
                Tensor x = scope.allocate(Shape.of(1, length, width), DType.FLOAT, MemoryKind.INPUT)
                        .fill(0.1);
                Variable q = tape.leaf(x);
                Variable y = Attention.attention(q, Add.add(q, q), Add.add(q, q), 2, true);
                long linear = length * width * 4;
                assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isEqualTo(2 * linear);
                tape.backward(Sum.sum(y)).close();
                // Two blocks of 2^18 scores, what a product takes for scratch, and tensors as large as x.
                assertThat(engine.ledger().peakBytes()).isLessThan(9 * linear + 5 * (1 << 19));
            }
        }
    }
}

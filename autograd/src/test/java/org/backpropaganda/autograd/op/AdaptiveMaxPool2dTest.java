package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class AdaptiveMaxPool2dTest extends OpContract {
    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new AdaptiveMaxPool2d(2, 3), in(2, 5, 7, 3).distinct()),
                OpCase.of(new AdaptiveMaxPool2d(1, 1), in(2, 3, 4, 2).distinct()),
                OpCase.of(new AdaptiveMaxPool2d(5, 3), in(1, 2, 3, 1).distinct())
                        .named("more than there is"),
                OpCase.of(new AdaptiveMaxPool2d(1, 2), in(1, 18, 31, 1).distinct())
                        .named("windows of more taps than a byte numbers"),
                OpCase.of(new AdaptiveMaxPool2d(2, 2), in(1, 3, 3, 2).distinct().mapped(x -> x - 9))
                        .named("negative values"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new AdaptiveMaxPool2d(0, 1), spec(1, 4, 4, 2)),
                Refusal.of(new AdaptiveMaxPool2d(2, 2), spec(4, 4, 2)),
                Refusal.of(new AdaptiveMaxPool2d(2, 2), spec(DType.INT, 1, 4, 4, 2)),
                Refusal.of(new AdaptiveMaxPool2d(2, 2), spec(1, 4, 4, 2), spec(1, 4, 4, 2)));
    }

    /** Windows [0, 2), [1, 4), [3, 5); of equal values the first wins, and one that wins twice gets both gradients. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void golden(DType dtype) {
        Golden golden =
                Golden.of(dtype, new AdaptiveMaxPool2d(1, 3), in(1, 1, 5, 1).of(1, 4, 4, 4, 2));
        assertThat(golden.output()).containsExactly(4.0, 4.0, 4.0);
        assertThat(golden.gradients()).containsExactly(List.of(0.0, 2.0, 0.0, 1.0, 0.0));
    }

    @Test
    void notANumberWins() {
        Golden golden = Golden.of(new AdaptiveMaxPool2d(1, 2), in(1, 1, 3, 1).of(Double.NaN, 1, 2));
        assertThat(golden.output()).containsExactly(Double.NaN, 2.0);
    }

    /** Numbers of taps reach rows · columns of the largest window. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void keepsABytePerOutputWhereThatIsEnough(DType dtype) {
        AdaptiveMaxPool2d op = new AdaptiveMaxPool2d(2, 2);
        assertThat(kept(op, dtype, 32, 32)).isEqualTo(2 * 2 * 3);
        assertThat(kept(op, dtype, 33, 32)).isEqualTo(4 * 2 * 2 * 3);
    }

    private static long kept(AdaptiveMaxPool2d op, DType dtype, long h, long w) {
        Operands operands = new Operands(List.of(spec(dtype, 1, h, w, 3)), List.of(true));
        Saves saves = op.saves(operands);
        return saves.bytes(operands, op.infer(operands.specs()));
    }
}

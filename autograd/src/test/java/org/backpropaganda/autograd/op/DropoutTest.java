package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class DropoutTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Dropout(0.5, 7), in()),
                OpCase.of(new Dropout(0.5, 7), in(3, 5, 7)),
                OpCase.of(new Dropout(0.9, 8), in(50)),
                OpCase.of(new Dropout(0, 9), in(9)).named("keeps all"),
                OpCase.of(new Dropout(0.1, 10), in(2049)).named("several pieces"),
                OpCase.of(new Dropout(0.5, 11, Dropout.Unit.CHANNEL), in(3, 4, 2, 5)),
                OpCase.of(new Dropout(0.5, 12, Dropout.Unit.IMAGE), in(6, 4, 3)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Dropout(0.5, 7), spec(2), spec(2)),
                Refusal.of(new Dropout(0.5, 7), spec(DType.INT, 4)),
                Refusal.of(new Dropout(0.5, 7, Dropout.Unit.CHANNEL), spec(4)));
    }

    @Test
    void zeroesTheGivenShareAndScalesTheRest() {
        Golden golden = Golden.of(new Dropout(0.25, 42), in(40_000).mapped(x -> 1));
        long zeros = golden.output().stream().filter(y -> y == 0).count();
        assertThat(zeros / 40_000.0).isCloseTo(0.25, within(0.01));
        assertThat(golden.output()).containsOnly(0.0, 1 / 0.75);
        assertThat(golden.gradients().get(0)).isEqualTo(golden.output());
    }

    @Test
    void theMaskIsAFunctionOfTheKey() {
        Input ones = in(64).mapped(x -> 1);
        assertThat(Golden.of(new Dropout(0.5, 1), ones)).isEqualTo(Golden.of(new Dropout(0.5, 1), ones));
        assertThat(Golden.of(new Dropout(0.5, 1), ones)).isNotEqualTo(Golden.of(new Dropout(0.5, 2), ones));
    }

    @Test
    void channelsAndImagesShareOneFate() {
        List<Double> channels = Golden.of(
                        new Dropout(0.5, 3, Dropout.Unit.CHANNEL), in(20, 6, 10).mapped(x -> 1))
                .output();
        List<Double> images = Golden.of(
                        new Dropout(0.5, 3, Dropout.Unit.IMAGE), in(20, 6, 10).mapped(x -> 1))
                .output();
        for (int i = 0; i < 1200; i++) {
            assertThat(channels.get(i)).isEqualTo(channels.get(i / 60 * 60 + i % 10));
            assertThat(images.get(i)).isEqualTo(images.get(i / 60 * 60));
        }
        assertThat(channels.subList(0, 10)).contains(0.0, 2.0);
        assertThat(images).contains(0.0, 2.0);
    }

    @Test
    void probabilityIsBelowOne() {
        assertThatThrownBy(() -> new Dropout(1, 0))
                .isInstanceOf(ShapeException.class)
                .hasMessage("dropout: probability 1.0 is not within [0, 1)");
    }
}

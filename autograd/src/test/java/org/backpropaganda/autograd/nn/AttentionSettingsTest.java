package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import java.util.Arrays;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionSettingsTest {
    private static final int WIDTH = 8;

    @Test
    void refusesHeadsThatDoNotFit() {
        assertThatThrownBy(() -> AttentionSettings.heads(0))
                .isInstanceOf(ShapeException.class)
                .hasMessage("attention of 0 heads; it has at least one");
        try (Engine engine = Engine.builder().build();
                TensorScope scope = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(scope, DType.DOUBLE, 1);
            assertThatThrownBy(() -> new MultiHeadAttention(factory, WIDTH, AttentionSettings.heads(3)))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("MultiHeadAttention: 3 heads do not divide the width 8");
            AttentionSettings odd = AttentionSettings.heads(2).withRotaryPositions(100);
            assertThatThrownBy(() -> new MultiHeadAttention(factory, 6, odd))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage(
                            "MultiHeadAttention: rotary positions turn pairs, but each of 2 heads has 3 of the width 6");
        }
    }

    @ParameterizedTest
    @ValueSource(doubles = {-1, 0.5, 1, Double.NaN, Double.POSITIVE_INFINITY})
    void refusesBasesThatDoNotTurn(double base) {
        AttentionSettings settings = AttentionSettings.heads(2);
        assertThatThrownBy(() -> settings.withRotaryPositions(base))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("rotary base " + base + " is neither 0 nor a number above 1");
    }

    /** Without positions, attention to a set cannot tell its order. */
    @Test
    void rotaryPositionsTellTheOrder() {
        double[] last = lastRow(AttentionSettings.heads(2), false);
        assertThat(lastRow(AttentionSettings.heads(2), true)).containsExactly(last, offset(1e-12));
        AttentionSettings rotary = AttentionSettings.heads(2).withRotaryPositions(100);
        double[] turned = lastRow(rotary, false);
        assertThat(Arrays.equals(lastRow(rotary, true), turned)).isFalse();
        assertThat(turned).isNotEqualTo(last);
    }

    /** A last projection of zeros lets a residual block begin as the identity. */
    @Test
    void theOutputCanBeginAsZero() {
        AttentionSettings zero = AttentionSettings.heads(2).withOutput(Initializer.zeros());
        assertThat(lastRow(zero, false)).containsOnly(0);
    }

    /** Attention of the last of three rows, whose first two may be swapped. */
    private static double[] lastRow(AttentionSettings settings, boolean swapped) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.inference(scope)) {
            MultiHeadAttention attention =
                    new MultiHeadAttention(new ParameterFactory(scope, DType.DOUBLE, 1), WIDTH, settings);
            double[] x = new double[3 * WIDTH];
            Arrays.setAll(x, i -> Math.sin(7 * (swapped && i < 2 * WIDTH ? (i + WIDTH) % (2 * WIDTH) : i)));
            Tensor in = scope.allocate(Shape.of(1, 3, WIDTH), DType.DOUBLE).set(x);
            Variable y = attention.call(tape.constant(in));
            return Arrays.copyOfRange(y.value().toDoubles(), 2 * WIDTH, 3 * WIDTH);
        }
    }
}

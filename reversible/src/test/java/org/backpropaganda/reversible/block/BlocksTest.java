package org.backpropaganda.reversible.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.reversible.AdditiveCoupling;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Move;
import org.backpropaganda.reversible.ReversibleSequence;
import org.backpropaganda.reversible.Trained;
import org.backpropaganda.reversible.Trained.Input;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Equations of the papers in numbers worked out by hand, and what is refused. */
class BlocksTest {
    private static Module times(double factor) {
        return new Activation(x -> Scale.scale(x, factor));
    }

    private static Input number(double value) {
        return Input.of(Shape.of(1, 1), value);
    }

    private static double[] numbers(List<double[]> outputs) {
        return outputs.stream().mapToDouble(y -> y[0]).toArray();
    }

    @Test
    void momentumIsAMeanOfTheOldAndOfTheFunction() {
        // v' = 0.75 · 8 + 0.25 · (3 · 4), x' = 4 + 9
        assertThat(numbers(Trained.outputs(factory -> new MomentumResidual(times(3), 0.75), number(4), number(8))))
                .containsExactly(13, 9);
    }

    @Test
    void groupsFollowOneAnother() {
        // y0 = 2 + 3, y1 = 1 + 2 · 5, y2 = 2 + 3 · 11, y3 = 3 + 4 · 35
        assertThat(numbers(Trained.outputs(
                        factory -> new GroupAdditive(List.of(times(2), times(3), times(4))),
                        number(1),
                        number(2),
                        number(3))))
                .containsExactly(11, 35, 143);
    }

    @Test
    void twoGroupsAreAnAdditiveCouplingToTheBit() {
        Input[] streams = {Input.random(DType.FLOAT, 1, 5, 4), Input.random(DType.FLOAT, 2, 5, 4)};
        Trained grouped = Trained.step(
                factory -> new ReversibleSequence(List.of(new GroupAdditive(List.of(dense(factory), dense(factory))))),
                streams);
        Trained additive = Trained.step(
                factory -> new ReversibleSequence(List.of(new AdditiveCoupling(dense(factory), dense(factory)))),
                streams);
        assertThat(grouped.outputs()).usingRecursiveComparison().isEqualTo(additive.outputs());
        assertThat(grouped.gradients().values())
                .usingRecursiveFieldByFieldElementComparator()
                .containsExactlyElementsOf(additive.gradients().values());
    }

    private static Module dense(ParameterFactory factory) {
        return new Sequential(new Linear(factory, 4, 4, true), Activation.tanh());
    }

    /** Pixels (2i, 2j), (2i, 2j + 1), (2i + 1, 2j), (2i + 1, 2j + 1) are the channels of pixel (i, j). */
    @Test
    void aStridedBlockAddsToTheRearrangedStream() {
        Input x1 = Input.of(Shape.of(1, 2, 2, 1), 1, 2, 3, 4);
        Input x2 = Input.of(Shape.of(1, 2, 2, 1), 5, 6, 7, 8);
        Module f = new Activation(x -> x.tape()
                .constant(x.tape()
                        .scope()
                        .allocate(Shape.of(1, 1, 1, 4), DType.DOUBLE)
                        .set(10, 20, 30, 40)));
        List<double[]> y = Trained.outputs(factory -> new IRevNetBlock(f, 2, 0), x1, x2);
        assertThat(y.get(0)).containsExactly(5, 6, 7, 8);
        assertThat(y.get(1)).containsExactly(11, 22, 33, 44);
    }

    @Test
    void paddingStandsBehindTheChannels() {
        Input x1 = Input.of(Shape.of(1, 1, 1, 2), 1, 2);
        Input x2 = Input.of(Shape.of(1, 1, 1, 2), 3, 4);
        List<double[]> y = Trained.outputs(factory -> new IRevNetBlock(times(2), 1, 1), x1, x2);
        assertThat(y.get(0)).containsExactly(3, 4, 0);
        assertThat(y.get(1)).containsExactly(7, 10, 0);
    }

    private static List<Coupling> iRevNet(ParameterFactory factory, int depth) {
        List<Coupling> couplings = new ArrayList<>();
        couplings.add(Coupling.of(List.of("x"), Move.spaceToDepth(2, "x"), Move.split("x", "x1", "x2")));
        couplings.add(new IRevNetBlock(convolution(factory, 8, 8, 1), 1, 2));
        stage(couplings, factory, 8, depth);
        couplings.add(new IRevNetBlock(convolution(factory, 8, 32, 2), 2, 0));
        stage(couplings, factory, 32, depth);
        couplings.add(new IRevNetBlock(convolution(factory, 32, 128, 2), 2, 0));
        stage(couplings, factory, 128, depth);
        return couplings;
    }

    private static void stage(List<Coupling> couplings, ParameterFactory factory, long channels, int depth) {
        for (int i = 0; i < depth; i++) {
            couplings.add(new IRevNetBlock(convolution(factory, channels, channels, 1)));
        }
    }

    private static Module convolution(ParameterFactory factory, long inputs, long outputs, int stride) {
        return new Sequential(
                new Conv2d(factory, inputs, outputs, Window.square(3, stride, 1), true), Activation.tanh());
    }

    /** Images [2, 16, 16, 3] as two streams [2, 8, 8, 6], then 8 channels, then [2, 4, 4, 32], then [2, 2, 2, 128]. */
    @Test
    void aNetworkOfThreeStagesIsOneSequenceThatSavesItsLastStreams() {
        Input images = Input.random(DType.DOUBLE, 1, 2, 16, 16, 3);
        for (int depth : new int[] {1, 3}) {
            Trained reversible = Trained.step(factory -> new ReversibleSequence(iRevNet(factory, depth)), images);
            Trained storing = Trained.step(factory -> new Sequential(iRevNet(factory, depth)), images);
            assertThat(reversible.savedBytes()).as("depth %d", depth).isEqualTo(2 * (2 * 2 * 2 * 128) * Double.BYTES);
            assertThat(reversible.gradientError(storing)).as("depth %d", depth).isLessThan(1e-10);
            assertThat(reversible.outputs()).usingRecursiveComparison().isEqualTo(storing.outputs());
        }
    }

    @Test
    void oddChannelsAreRefusedByName() {
        Input odd = Input.random(DType.DOUBLE, 1, 1, 2, 2, 3);
        assertThatThrownBy(() -> Trained.outputs(factory -> Coupling.of(List.of("x"), Move.split("x", "a", "b")), odd))
                .isInstanceOf(ShapeException.class)
                .hasMessage("split: DOUBLE[1, 2, 2, 3] has an odd number of channels, which no halves have; pad one");
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 1, -0.1, 1.5, Double.NaN})
    void gammaOutOfRangeIsRefused(double gamma) {
        assertThatThrownBy(() -> new MomentumResidual(times(1), gamma))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(
                        "MomentumResidual: gamma " + gamma + " is not between 0 and 1, both left out; at 0 there is no"
                                + " inverse, at 1 f has no effect; give one as 0.9");
    }

    @Test
    void otherSettingsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new GroupAdditive(List.of(times(1))))
                .hasMessage(
                        "GroupAdditive: 1 functions make as many groups, and a group is changed by the others; give two"
                                + " functions or more");
        assertThatThrownBy(() -> new GroupAdditive(List.of())).hasMessageContaining("give two functions or more");
        assertThatThrownBy(() -> new IRevNetBlock(times(1), 0, 0))
                .hasMessage("IRevNetBlock: stride 0 and padding 0: the stride is at least 1, the padding at least 0");
        assertThatThrownBy(() -> new IRevNetBlock(times(1), 1, -1)).hasMessageContaining("padding -1");
    }

    @Test
    void aFunctionThatChangesShapesIsRefused() {
        Input rows = Input.random(DType.DOUBLE, 1, 5, 4);
        assertThatThrownBy(() -> Trained.outputs(
                        factory -> new MomentumResidual(new Linear(factory, 4, 3, true), 0.9), rows, rows))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("f: a branch of MomentumResidual gave DOUBLE[5, 3] for a stream of DOUBLE[5, 4]");
    }
}

package org.backpropaganda.reversible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What steps do to named streams, and what cannot be a coupling. */
class CouplingTest {
    private static final List<String> TWO = List.of("a", "b");

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final Tape tape = Tape.inference(root);

    @AfterEach
    void close() {
        tape.close();
        root.close();
        engine.close();
    }

    private Variable constant(Shape shape, double... values) {
        return tape.constant(root.allocate(shape, DType.DOUBLE).set(values));
    }

    private static Module doubled() {
        return new Activation(x -> Scale.scale(x, 2));
    }

    private static double[] values(Variable variable) {
        return variable.value().toDoubles();
    }

    @Test
    void streamsRotateTowardsTheFront() {
        Coupling rotation = Coupling.of(List.of("a", "b", "c"), Move.rotate("a", "b", "c"));
        List<Variable> y =
                rotation.call(List.of(constant(Shape.of(1), 1), constant(Shape.of(1), 2), constant(Shape.of(1), 3)));
        assertThat(y.stream().map(each -> values(each)[0])).containsExactly(2.0, 3.0, 1.0);
        assertThat(rotation.inverse(y).stream().map(each -> values(each)[0])).containsExactly(1.0, 2.0, 3.0);
    }

    @Test
    void aStreamSplitsAndJoins() {
        Coupling split = Coupling.of(List.of("x"), Move.split("x", "a", "b"));
        assertThat(split.streams()).containsExactly("x");
        assertThat(split.streamsBehind()).containsExactly("a", "b");
        List<Variable> halves = split.call(List.of(constant(Shape.of(2, 4), 1, 2, 3, 4, 5, 6, 7, 8)));
        assertThat(values(halves.get(0))).containsExactly(1, 2, 5, 6);
        assertThat(values(halves.get(1))).containsExactly(3, 4, 7, 8);
        Coupling join = Coupling.of(TWO, Move.join("a", "b", "x"));
        assertThat(values(join.call(halves).get(0))).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
        assertThat(values(join.inverse(join.call(halves)).get(1))).containsExactly(3, 4, 7, 8);
    }

    @Test
    void channelsArePaddedBehind() {
        Coupling pad = Coupling.of(List.of("x"), Move.padChannels("x", 2));
        List<Variable> padded = pad.call(List.of(constant(Shape.of(2, 1), 1, 2)));
        assertThat(values(padded.get(0))).containsExactly(1, 0, 0, 2, 0, 0);
        assertThat(values(pad.inverse(padded).get(0))).containsExactly(1, 2);
    }

    /** {@code y1 = x1 + 2 x2, y2 = x2 + 2 y1}, with letters for names. */
    @Test
    void updatesAreMadeInOrder() {
        Coupling coupling = Coupling.of(TWO, Update.add("a", doubled(), "b"), Update.add("b", doubled(), "a"));
        List<Variable> y = coupling.call(List.of(constant(Shape.of(1), 1), constant(Shape.of(1), 10)));
        assertThat(y.stream().map(each -> values(each)[0])).containsExactly(21.0, 52.0);
        assertThat(coupling.children()).containsOnlyKeys("f", "g");
    }

    /** Side inputs come out behind the streams, so that couplings follow one another. */
    @Test
    void sideInputsPassThrough() {
        Coupling coupling = Coupling.of(TWO, Update.of("a", Combine.add(), "time"), Update.add("b", doubled(), "a"));
        assertThat(coupling.sides()).containsExactly("time");
        Variable time = constant(Shape.of(1), 100);
        List<Variable> y = coupling.call(List.of(constant(Shape.of(1), 1), constant(Shape.of(1), 10), time));
        assertThat(y.stream().map(each -> values(each)[0])).containsExactly(101.0, 212.0, 100.0);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> coupling.call(List.of(time, time)))
                .withMessage("Coupling: takes the streams [a, b] and the side inputs [time], got 2");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> coupling.call(List.of(time)))
                .withMessage(
                        "Coupling: takes the streams [a, b] and the side inputs [time], got 1; split the input first");
    }

    /** Couplings that name the side inputs of all follow one another as any modules do. */
    @Test
    void sideInputsThatOthersReadPassThrough() {
        Coupling reads = new Coupling(
                TWO,
                List.of("p", "q"),
                List.of(Update.of("a", Combine.add(), "q"), Update.of("b", Combine.add(), "r")));
        assertThat(reads.sides()).containsExactly("p", "q", "r");
        List<Variable> y = reads.call(Stream.of(1, 2, 10, 100, 1000)
                .map(value -> constant(Shape.of(1), value))
                .toList());
        assertThat(y.stream().map(each -> values(each)[0])).containsExactly(101.0, 1002.0, 10.0, 100.0, 1000.0);
        assertThat(reads.inverse(y).stream().map(each -> values(each)[0]))
                .containsExactly(1.0, 2.0, 10.0, 100.0, 1000.0);
    }

    /** Couplings of one sequence may read different side inputs. */
    @Test
    void aSequenceTakesAllSideInputsOfItsCouplings() {
        ReversibleSequence sequence = new ReversibleSequence(List.of(
                Coupling.of(TWO, Update.of("a", Combine.add(), "p")),
                Coupling.of(TWO, Update.of("b", Combine.add(), "q")),
                Coupling.of(TWO, Update.of("a", Combine.add(), "q"), Update.of("b", Combine.add(), "p"))));
        assertThat(sequence.sides()).containsExactly("p", "q");
        List<Variable> x = Stream.of(1, 2, 10, 100)
                .map(value -> constant(Shape.of(1), value))
                .toList();
        List<Variable> y = sequence.call(x);
        assertThat(y.stream().map(each -> values(each)[0])).containsExactly(111.0, 112.0, 10.0, 100.0);
        assertThat(sequence.inverse(y).stream().map(each -> values(each)[0])).containsExactly(1.0, 2.0, 10.0, 100.0);
    }

    private static Arguments wrong(String message, Runnable maker) {
        return Arguments.of(message, maker);
    }

    static Stream<Arguments> misfits() {
        Module function = doubled();
        return Stream.of(
                wrong(
                        "reads the stream that it changes, which cannot be undone; let it read others",
                        () -> Update.add("a", function, "b", "a")),
                wrong("reads nothing; name one source or more", () -> Update.add("a", function)),
                wrong("names a source twice", () -> Update.add("a", function, "b", "b")),
                wrong(
                        "there is no stream c among [a, b]; name one of those",
                        () -> Coupling.of(TWO, Update.add("c", function, "a"))),
                wrong(
                        "f and g are one module; give two",
                        () -> Coupling.of(TWO, Update.add("a", function, "b"), Update.add("b", function, "a"))),
                wrong("streams [a, a]: name one or more, and none twice", () -> Coupling.of(List.of("a", "a"))),
                wrong("streams []: name one or more, and none twice", () -> Coupling.of(List.of())),
                wrong(
                        "streams [a, b] and side inputs [x, b]: name none twice",
                        () -> new Coupling(TWO, List.of("x", "b"), List.of())),
                wrong(
                        "streams [a, b] and side inputs [x, x]: name none twice",
                        () -> new Coupling(TWO, List.of("x", "x"), List.of())),
                wrong(
                        "there is a stream b already; give another name",
                        () -> Coupling.of(TWO, Move.split("a", "b", "c"))),
                wrong("padChannels: count 0 is below 1; give channels to add", () -> Move.padChannels("a", 0)),
                wrong(
                        "x is a stream in one place and none in another where it is read; name side inputs otherwise",
                        () -> Coupling.of(TWO, Update.add("a", doubled(), "x"), Move.join("a", "b", "x"))),
                wrong(
                        "coupling 1, Coupling, takes the streams [a], and the one before returns 2; let them be as many",
                        () -> new ReversibleSequence(List.of(Coupling.of(TWO), Coupling.of(List.of("a"))))),
                wrong("scaledAdd: 0.0 x + 1.0 v has no inverse", () -> Combine.scaledAdd(0, 1)),
                wrong("scaledAdd: NaN x + 1.0 v has no inverse", () -> Combine.scaledAdd(Double.NaN, 1)),
                wrong("softClamp: clamp 0.0 is not above 0", () -> Scaling.softClamp(0)),
                wrong("atLeast: 0.0 is not above 0; a scale of 0 has no inverse", () -> Scaling.atLeast(0)));
    }

    @ParameterizedTest
    @MethodSource("misfits")
    void whatIsNoCouplingIsRefused(String message, Runnable maker) {
        assertThatIllegalArgumentException().isThrownBy(maker::run).withMessageContaining(message);
    }

    @Test
    void oddChannelsHaveNoHalves() {
        Coupling split = Coupling.of(List.of("x"), Move.split("x", "a", "b"));
        assertThatThrownBy(() -> split.call(List.of(constant(Shape.of(1, 3), 1, 2, 3))))
                .isInstanceOf(ShapeException.class)
                .hasMessage("split: DOUBLE[1, 3] has an odd number of channels, which no halves have; pad one");
        Coupling join = Coupling.of(TWO, Move.join("a", "b", "x"));
        assertThatThrownBy(() -> join.call(List.of(constant(Shape.of(1, 1), 1), constant(Shape.of(1, 2), 1, 2))))
                .isInstanceOf(ShapeException.class)
                .hasMessage("join: DOUBLE[1, 1] and DOUBLE[1, 2] are no halves of one stream; give two of one shape");
    }

    @Test
    void anAffineFunctionGivesScaleAndShift() {
        ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 1);
        AffineCoupling coupling = new AffineCoupling(new Linear(factory, 2, 2, true), new Linear(factory, 2, 4, true));
        assertThatThrownBy(() -> coupling.call(List.of(constant(Shape.of(1, 2), 1, 2), constant(Shape.of(1, 2), 1, 2))))
                .isInstanceOf(ShapeException.class)
                .hasMessage(
                        "f: a branch of AffineCoupling gave [DOUBLE[1, 2]] for a stream of DOUBLE[1, 2]; let it return"
                                + " scale and shift, two results that broadcast to the stream, or one of twice its channels,"
                                + " DOUBLE[1, 4]");
    }
}

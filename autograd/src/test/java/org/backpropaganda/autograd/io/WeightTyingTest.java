package org.backpropaganda.autograd.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Embedding;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.Adam;
import org.backpropaganda.autograd.optim.GradientNorm;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.optim.WeightAverage;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** One parameter under two paths: a head that is the embedding, and a layer that is called twice. */
class WeightTyingTest {
    private static final int WORDS = 7;
    private static final int WIDTH = 4;

    private Scratch scratch;
    private Path file;

    @BeforeEach
    void open() throws IOException {
        scratch = new Scratch();
        file = scratch.file("tied.safetensors");
    }

    @AfterEach
    void close() throws IOException {
        scratch.close();
    }

    /** Words → scores of words. */
    private static final class Language extends Module {
        private final Embedding tokens;
        private final Module body;
        private final Parameter head;

        Language(ParameterFactory factory, boolean tied) {
            tokens = register("tokens", new Embedding(factory, WORDS, WIDTH));
            Linear shared = new Linear(factory, WIDTH, WIDTH, true);
            Linear second = tied ? shared : new Linear(factory, WIDTH, WIDTH, true);
            body = register("body", new Sequential(shared, Activation.tanh(), second));
            Parameter table = tokens.parameters().get("weight");
            head = register("head", tied ? table : factory.create(Shape.of(WORDS, WIDTH), Initializer.constant(0)));
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Variable y = body.call(tokens.call(inputs.get(0)));
            return List.of(
                    org.backpropaganda.autograd.op.Linear.linear(y, y.tape().parameter(head)));
        }
    }

    private Language model(boolean tied, long seed) {
        return new Language(new ParameterFactory(scratch.root, DType.DOUBLE, seed), tied);
    }

    private Language untiedAs(Language tied) {
        Language apart = model(false, 9);
        apart.parameters()
                .forEach((path, parameter) ->
                        parameter.value().copyFrom(tied.parameters().get(path).value()));
        return apart;
    }

    private Gradients gradients(Module model, TensorScope scope, Gradients into) {
        try (Tape tape = Tape.builder(scope).seed(1).gradients(into).build()) {
            Tensor words =
                    scope.allocate(Shape.of(5), DType.INT, MemoryKind.INPUT).set(new int[] {0, 3, 6, 3, 1});
            Tensor next =
                    scope.allocate(Shape.of(5), DType.INT, MemoryKind.INPUT).set(new int[] {3, 6, 3, 1, 2});
            return tape.backward(
                    SoftmaxCrossEntropy.crossEntropy(model.call(tape.constant(words)), tape.constant(next)));
        }
    }

    /** By path of the tied model: the sum over the untied paths. */
    private Map<String, double[]> sums(Language tied) {
        Language apart = untiedAs(tied);
        Map<String, double[]> sums = new LinkedHashMap<>();
        try (TensorScope scope = scratch.root.child();
                Gradients gradients = gradients(apart, scope, new Gradients(scope))) {
            apart.parameters().forEach((path, parameter) -> {
                String first = path.replace("head", "tokens.weight").replace("body.2", "body.0");
                double[] gradient = gradients.of(parameter).toDoubles();
                sums.merge(first, gradient, (a, b) -> {
                    double[] sum = a.clone();
                    Arrays.setAll(sum, i -> a[i] + b[i]);
                    return sum;
                });
            });
        }
        return sums;
    }

    @Test
    void aTiedParameterIsListedOnce() {
        Language tied = model(true, 1);
        assertThat(tied.parameters().keySet())
                .containsExactlyInAnyOrder(
                        "head", "tokens.weight", "body.0.weight", "body.0.bias", "body.2.weight", "body.2.bias");
        assertThat(tied.parameterList()).hasSize(3).doesNotHaveDuplicates();
        assertThat(tied.trainedParameters()).hasSize(3);
        assertThat(tied.parameterCount()).isEqualTo(WORDS * WIDTH + WIDTH * WIDTH + WIDTH);
        ModelSummary summary = tied.summary(new TensorSpec(Shape.of(5), DType.INT));
        assertThat(summary.parameters()).isEqualTo(tied.parameterCount());
        assertThat(summary.parameterBytes()).isEqualTo(8 * tied.parameterCount());
        assertThat(summary.layers().stream()
                        .mapToLong(layer -> layer.parameters())
                        .sum())
                .isEqualTo(tied.parameterCount());
        assertThatThrownBy(() ->
                        Sgd.builder(0.1).build(new ArrayList<>(tied.parameters().values()), scratch.root))
                .hasMessageEndingWith("is given twice; Module.parameterList() has each once");
    }

    @Test
    void itsGradientIsTheSumAndIsClippedOnce() {
        Language tied = model(true, 1);
        Map<String, double[]> sums = sums(tied);
        try (TensorScope scope = scratch.root.child();
                Gradients gradients = gradients(tied, scope, new Gradients(scope))) {
            double squares = 0;
            for (Map.Entry<String, double[]> sum : sums.entrySet()) {
                Tensor gradient = gradients.of(tied.parameters().get(sum.getKey()));
                assertThat(gradient.toDoubles()).containsExactly(sum.getValue(), Offset.offset(1e-14));
                squares += Arrays.stream(sum.getValue()).map(v -> v * v).sum();
            }
            assertThat(GradientNorm.of(gradients)).isCloseTo(Math.sqrt(squares), Offset.offset(1e-14));
            Tensor words =
                    scope.allocate(Shape.of(3), DType.INT, MemoryKind.INPUT).set(new int[] {0, 3, 6});
            GradientCheck.seeded(1).check(tied, words).orThrow();
        }
    }

    static Stream<BiFunction<List<Parameter>, TensorScope, Optimizer>> optimizers() {
        return Stream.of(Sgd.builder(0.1).momentum(0.9)::build, Adam.builder(0.1)::build);
    }

    @Test
    void aStepMovesItOnce() {
        Language tied = model(true, 1);
        Map<String, double[]> expected = sums(tied);
        expected.forEach((path, gradient) -> {
            double[] value = tied.parameters().get(path).value().toDoubles();
            Arrays.setAll(gradient, i -> value[i] - 0.5 * gradient[i]);
        });
        try (TensorScope scope = scratch.root.child();
                Optimizer sgd = Sgd.builder(0.5).build(tied.parameterList(), scope);
                Gradients gradients = gradients(tied, scope, new Gradients(scope))) {
            sgd.step(gradients);
        }
        expected.forEach(
                (path, value) -> assertThat(tied.parameters().get(path).value().toDoubles())
                        .as(path)
                        .containsExactly(value, Offset.offset(1e-14)));
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void duringBackwardItIsSteppedWhenItsLastUseIsDifferentiated(
            BiFunction<List<Parameter>, TensorScope, Optimizer> build) {
        Language after = model(true, 1);
        Language during = model(true, 1);
        try (TensorScope scope = scratch.root.child();
                Optimizer first = build.apply(after.parameterList(), scope);
                Optimizer second = build.apply(during.parameterList(), scope)) {
            for (int step = 0; step < 3; step++) {
                try (Gradients gradients = gradients(after, scope, new Gradients(scope))) {
                    first.step(gradients);
                }
                gradients(during, scope, second.duringBackward(scope)).close();
            }
        }
        WeightsTest.assertSame(WeightsTest.values(Weights.of(during)), WeightsTest.values(Weights.of(after)));
    }

    @Test
    void aFileHasItOnceUnderItsFirstPath() throws IOException {
        Language tied = model(true, 1);
        Path npz = scratch.file("tied.npz");
        SafeTensors.write(file, Weights.of(tied));
        Npz.write(npz, Weights.of(tied));
        Language first = model(true, 2);
        Language second = model(true, 3);
        try (TensorFile a = SafeTensors.open(file);
                TensorFile b = Npz.open(npz)) {
            assertThat(a.tensors()).hasSize(3).containsKeys("body.0.weight", "body.0.bias");
            Weights.load(a, first);
            Weights.load(b, second);
        }
        WeightsTest.assertSame(WeightsTest.values(Weights.of(first)), WeightsTest.values(Weights.of(tied)));
        WeightsTest.assertSame(WeightsTest.values(Weights.of(second)), WeightsTest.values(Weights.of(tied)));
    }

    /** What {@code torch.save} keeps has a tensor under each of its names. */
    @Test
    void aFileMayHaveItUnderAnyOfItsPaths() throws IOException {
        Language source = model(true, 1);
        Map<String, Tensor> all = new LinkedHashMap<>();
        source.parameters().forEach((path, parameter) -> all.put(path, parameter.value()));
        for (List<String> without : List.of(
                List.<String>of(),
                List.of("head"),
                List.of("tokens.weight", "body.0.bias"),
                List.of("head", "body.2.weight", "body.0.bias"))) {
            Map<String, Tensor> stored = new LinkedHashMap<>(all);
            without.forEach(stored::remove);
            SafeTensors.write(file, stored);
            Language tied = model(true, 2);
            try (TensorFile read = SafeTensors.open(file)) {
                Weights.load(read, tied);
            }
            WeightsTest.assertSame(WeightsTest.values(Weights.of(tied)), WeightsTest.values(Weights.of(source)));
        }
    }

    @Test
    void unequalTensorsForOneAreRefused() throws IOException {
        Language apart = model(false, 1);
        SafeTensors.write(file, Weights.of(apart));
        Language tied = model(true, 2);
        Map<String, double[]> before = WeightsTest.values(Weights.of(tied));
        try (TensorFile read = SafeTensors.open(file)) {
            for (Weights.Loading loading :
                    List.of(Weights.Loading.strict(), Weights.Loading.strict().partially())) {
                assertThatThrownBy(() -> Weights.load(read, tied, loading))
                        .isInstanceOf(TensorFileException.class)
                        .hasMessageContaining("\" and \"")
                        .hasMessageEndingWith("differ, which are one in the model");
            }
        }
        WeightsTest.assertSame(WeightsTest.values(Weights.of(tied)), before);
        long live = scratch.root.engine().ledger().liveBytes(MemoryKind.INPUT);
        assertThat(live).isZero();
    }

    @Test
    void whatNoPathHasIsMissing() throws IOException {
        Language source = model(true, 1);
        Map<String, Tensor> stored = new LinkedHashMap<>(Weights.of(source));
        stored.keySet().removeIf(path -> path.equals("head") || path.equals("tokens.weight"));
        SafeTensors.write(file, stored);
        Language tied = model(true, 2);
        try (TensorFile read = SafeTensors.open(file)) {
            assertThatThrownBy(() -> Weights.load(read, tied)).hasMessageContaining("is missing");
            Weights.Unmatched unmatched =
                    Weights.load(read, tied, Weights.Loading.strict().partially());
            assertThat(unmatched.missing()).hasSize(1);
            assertThat(unmatched.unexpected()).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void aRunGoesOnAsIfItHadNeverStopped(BiFunction<List<Parameter>, TensorScope, Optimizer> build) throws IOException {
        Map<String, double[]> straight = run(1, build, 0, 5, false);
        run(1, build, 0, 2, false);
        WeightsTest.assertSame(run(2, build, 2, 5, true), straight);
    }

    private Map<String, double[]> run(
            long seed, BiFunction<List<Parameter>, TensorScope, Optimizer> build, int from, int to, boolean load)
            throws IOException {
        Language model = model(true, seed);
        try (TensorScope scope = scratch.root.child();
                Optimizer optimizer = build.apply(model.parameterList(), scope);
                WeightAverage average = WeightAverage.builder(0.9).build(model.parameterList(), scope)) {
            TrainingState state = TrainingState.of(model, optimizer).withAverage("slow", average);
            if (load) {
                assertThat(state.load(file).step()).isEqualTo(from);
            }
            for (int step = from; step < to; step++) {
                try (Gradients gradients = gradients(model, scope, new Gradients(scope))) {
                    optimizer.step(gradients);
                    average.update();
                }
            }
            state.save(file, Progress.at(to));
            Map<String, double[]> values = new LinkedHashMap<>(WeightsTest.values(Weights.of(model)));
            average.averages().forEach((parameter, tensor) -> values.put(values.size() + "", tensor.toDoubles()));
            return values;
        }
    }
}

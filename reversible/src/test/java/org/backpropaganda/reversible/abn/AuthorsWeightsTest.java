package org.backpropaganda.reversible.abn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.io.SafeTensors;
import org.backpropaganda.autograd.io.TensorFile;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Against their layer in evaluation, from its formula: y = (x − mean)/√(var + ε) (|w| + ε) + b, leaky ReLU of slope 0.01. */
class AuthorsWeightsTest {
    private static final double EPSILON = 1e-5;
    private static final double[] WEIGHT = {1.25, -0.75, 0, 1e-6};
    private static final double[] BIAS = {0.5, -0.25, 0.125, -1e-5};
    private static final double[] MEAN = {1, -2, 0.5, 3};
    private static final double[] VARIANCE = {4, 0.25, 9, 1};
    private static final double[] X = {3, -2.5, 0.5, 5, -1, -1, 3.5, 2};

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");

    @TempDir
    private Path directory;

    @AfterEach
    void close() {
        engine.close();
    }

    private Module model() {
        return new Sequential(Map.of("bn", new InPlaceAbn(new ParameterFactory(root, DType.FLOAT, 1), 4, 0.01)));
    }

    private Tensor vector(double... values) {
        return root.allocate(Shape.of(values.length), DType.FLOAT).set(values);
    }

    private TensorFile theirs() throws IOException {
        Map<String, Tensor> state = new LinkedHashMap<>();
        state.put("bn.weight", vector(WEIGHT));
        state.put("bn.bias", vector(BIAS));
        state.put("bn.running_mean", vector(MEAN));
        state.put("bn.running_var", vector(VARIANCE));
        Path file = directory.resolve("theirs.safetensors");
        SafeTensors.write(file, state);
        return SafeTensors.open(file);
    }

    private static double theirOutput(int i) {
        int c = i % 4;
        double y = (X[i] - MEAN[c]) / Math.sqrt(VARIANCE[c] + EPSILON) * (Math.abs(WEIGHT[c]) + EPSILON) + BIAS[c];
        return y > 0 ? y : 0.01 * y;
    }

    private double[] evaluate(Module model) {
        try (Tape tape = Tape.inference(root)) {
            Tensor x = root.allocate(Shape.of(2, 4), DType.FLOAT, MemoryKind.INPUT);
            return model.call(tape.constant(x.set(X))).value().toDoubles();
        }
    }

    @Test
    void outputsAreTheirsToFloatPrecision() throws IOException {
        Module model = model();
        try (TensorFile file = theirs()) {
            AuthorsWeights.load(file, model);
        }
        double[] outputs = evaluate(model);
        for (int i = 0; i < X.length; i++) {
            double expected = theirOutput(i);
            double terms = Math.abs(expected - BIAS[i % 4]) + Math.abs(BIAS[i % 4]);
            assertThat(outputs[i]).as("output " + i).isCloseTo(expected, within(1e-6 * terms));
        }
    }

    @Test
    void goBackAsTheyCameButForTheirSign() throws IOException {
        Module model = model();
        try (TensorFile file = theirs()) {
            AuthorsWeights.load(file, model);
        }
        Path ours = directory.resolve("ours.safetensors");
        SafeTensors.write(ours, AuthorsWeights.of(model, root));
        Module again = model();
        try (TensorFile file = SafeTensors.open(ours)) {
            assertThat(file.tensors()).containsOnlyKeys("bn.weight", "bn.bias", "bn.running_mean", "bn.running_var");
            Tensor weight = vector(0, 0, 0, 0);
            file.read("bn.weight", weight);
            assertThat(weight.toDoubles()).containsExactly(new double[] {1.25, 0.75, 0, 1e-6}, within(1e-7));
            AuthorsWeights.load(file, again);
        }
        assertThat(evaluate(again)).containsExactly(evaluate(model), within(1e-7));
    }

    @Test
    void aScaleThatTheirsCannotHaveIsRefused() {
        Module model = model();
        model.parameters().get("bn.weight").value().set(1, -1, 1e-6, 2);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> AuthorsWeights.of(model, root))
                .withMessage(
                        "AuthorsWeights: bn: γ of channels [1, 2] is below ε = 1.0E-5; their |w| + ε never is: export plain"
                                + " batch norms instead (InPlaceAbn.toBatchNorm)");
    }
}

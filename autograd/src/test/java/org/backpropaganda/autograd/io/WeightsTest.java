package org.backpropaganda.autograd.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WeightsTest {
    private Scratch scratch;
    private Path file;

    @BeforeEach
    void open() throws IOException {
        scratch = new Scratch();
        file = scratch.file("model.safetensors");
    }

    @AfterEach
    void close() throws IOException {
        scratch.close();
    }

    private Module model(DType dtype, long seed) {
        ParameterFactory factory = new ParameterFactory(scratch.root, dtype, seed);
        return new Sequential(new Linear(factory, 3, 2, true), new BatchNorm(factory, 2));
    }

    @Test
    void aModelComesBackFromEitherFormat() throws IOException {
        Module model = model(DType.FLOAT, 1);
        model.buffers().get("1.running_mean").set(3, 4);
        Path npz = scratch.file("model.npz");
        SafeTensors.write(file, Weights.of(model));
        Npz.writeDeflated(npz, Weights.of(model));
        Module first = model(DType.FLOAT, 2);
        Module second = model(DType.FLOAT, 3);
        Map<String, double[]> expected = values(Weights.of(model));
        int version = first.parameterList().get(0).value().version();
        try (TensorFile a = SafeTensors.open(file);
                TensorFile b = Npz.open(npz)) {
            Weights.load(a, first);
            Weights.load(b, second);
        }
        assertThat(expected)
                .containsOnlyKeys("0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var");
        assertSame(values(Weights.of(first)), expected);
        assertSame(values(Weights.of(second)), expected);
        assertThat(first.parameterList().get(0).value().version()).isGreaterThan(version);
    }

    @Test
    void strictLoadingNamesAllThatDiffersAndModifiesNothing() throws IOException {
        Map<String, Tensor> stored = new LinkedHashMap<>(Weights.of(model(DType.FLOAT, 1)));
        stored.put("0.weight", scratch.tensor(DType.FLOAT, Shape.of(2, 2), 1, 2, 3, 4));
        stored.put("1.weight", scratch.tensor(DType.DOUBLE, Shape.of(2), 1, 2));
        stored.remove("0.bias");
        stored.put("2.bias", scratch.tensor(DType.INT, Shape.of(1), 1));
        SafeTensors.write(file, stored);
        Module model = model(DType.FLOAT, 2);
        Map<String, double[]> before = values(Weights.of(model));
        try (TensorFile read = SafeTensors.open(file)) {
            assertThatThrownBy(() -> Weights.load(read, model))
                    .isInstanceOf(TensorFileException.class)
                    .hasMessage(file + ": tensor \"0.weight\" F32[2, 2] does not fit FLOAT"
                            + model.parameters().get("0.weight").value().shape()
                            + "; tensor \"1.weight\" F64[2] does not fit FLOAT[2]"
                            + "; tensor \"0.bias\" FLOAT[2] is missing"
                            + "; tensor \"2.bias\" I32[1] is not expected");
            assertThatThrownBy(() -> Weights.load(
                            read,
                            Weights.of(model),
                            Weights.Loading.strict().partially().wideningTypes()))
                    .hasMessageContainingAll("0.weight", "1.weight")
                    .hasMessageNotContaining("bias");
        }
        assertSame(values(Weights.of(model)), before);
    }

    @Test
    void partialLoadingTellsWhatItLeftOut() throws IOException {
        SafeTensors.write(
                file,
                Map.of(
                        "0.bias", scratch.tensor(DType.FLOAT, Shape.of(2), 5, 6),
                        "head", scratch.tensor(DType.FLOAT, Shape.of(2), 7, 8)));
        Module model = model(DType.FLOAT, 2);
        double[] weight = model.parameters().get("0.weight").value().toDoubles();
        try (TensorFile read = SafeTensors.open(file)) {
            Weights.Unmatched unmatched = Weights.load(
                    read, Weights.of(model), Weights.Loading.strict().partially());
            assertThat(unmatched.missing())
                    .containsExactly("0.weight", "1.weight", "1.bias", "1.running_mean", "1.running_var");
            assertThat(unmatched.unexpected()).containsExactly("head");
            assertThatThrownBy(() -> Weights.load(
                            read,
                            Map.of("other", model.parameters().get("0.bias").value()),
                            Weights.Loading.strict().partially()))
                    .isInstanceOf(TensorFileException.class)
                    .hasMessageContaining("has none of the 1 tensors");
        }
        assertThat(model.parameters().get("0.bias").value().toDoubles()).containsExactly(5, 6);
        assertThat(model.parameters().get("0.weight").value().toDoubles()).isEqualTo(weight);
    }

    @Test
    void floatsWidenIntoDoublesWhenAsked() throws IOException {
        Module narrow = model(DType.FLOAT, 1);
        SafeTensors.write(file, Weights.of(narrow));
        Module wide = model(DType.DOUBLE, 2);
        try (TensorFile read = SafeTensors.open(file)) {
            assertThatThrownBy(() -> Weights.load(read, wide)).hasMessageContaining("F32[2] does not fit DOUBLE[2]");
            Weights.Unmatched unmatched = Weights.load(
                    read, Weights.of(wide), Weights.Loading.strict().wideningTypes());
            assertThat(unmatched.missing()).isEmpty();
        }
        assertSame(values(Weights.of(wide)), values(Weights.of(narrow)));
    }

    static Map<String, double[]> values(Map<String, Tensor> tensors) {
        Map<String, double[]> values = new LinkedHashMap<>();
        tensors.forEach((name, tensor) -> values.put(name, tensor.toDoubles()));
        return values;
    }

    /** Bit for bit. */
    static void assertSame(Map<String, double[]> actual, Map<String, double[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, values) -> assertThat(actual.get(name)).as(name).isEqualTo(values));
    }
}

package org.backpropaganda.experiments.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FirstBatchFileTest {
    @TempDir
    private Path directory;

    /** Writes a file whose gradients are those of Σ a·x + Σ b·y: x and y themselves. */
    private Path file(String name, double[] x, double[] y, int... signs) throws IOException {
        Path file = directory.resolve(name);
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.training(scope, 1)) {
            ParameterFactory factory = new ParameterFactory(scope, DType.DOUBLE, 1);
            Map<String, Parameter> parameters = new LinkedHashMap<>();
            parameters.put("a", factory.create(Shape.of(2), Initializer.ones()));
            parameters.put("b", factory.create(Shape.of(2), Initializer.ones()));
            Variable loss = Add.add(weighted(tape, parameters, "a", x), weighted(tape, parameters, "b", y));
            BitSet positive = new BitSet();
            for (int sign : signs) {
                positive.set(sign);
            }
            try (Gradients gradients = tape.backward(loss)) {
                FirstBatchFile.write(file, parameters, gradients, Map.of(0, positive));
            }
        }
        return file;
    }

    /** Writes a file of gradients by name. */
    private Path file(String name, List<String> names, double[]... values) throws IOException {
        Path file = directory.resolve(name);
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.training(scope, 1)) {
            ParameterFactory factory = new ParameterFactory(scope, DType.DOUBLE, 1);
            Map<String, Parameter> parameters = new LinkedHashMap<>();
            List<Variable> parts = new ArrayList<>();
            for (int i = 0; i < names.size(); i++) {
                parameters.put(names.get(i), factory.create(Shape.of(2), Initializer.ones()));
                parts.add(weighted(tape, parameters, names.get(i), values[i]));
            }
            try (Gradients gradients =
                    tape.backward(parts.stream().reduce(Add::add).orElseThrow())) {
                FirstBatchFile.write(file, parameters, gradients, Map.of());
            }
        }
        return file;
    }

    private static Variable weighted(Tape tape, Map<String, Parameter> parameters, String name, double[] factors) {
        Parameter parameter = parameters.get(name);
        assertThat(parameter).isNotNull();
        Variable constant =
                tape.constant(tape.scope().allocate(Shape.of(2), DType.DOUBLE).set(factors));
        return Sum.sum(Multiply.multiply(tape.parameter(parameter), constant));
    }

    @Test
    void tellsTheWorstParameterAndTheFlips() throws IOException {
        Path reference = file("reference", new double[] {3, 4}, new double[] {1, 0}, 0, 5);
        Path run = file("run", new double[] {3, 4.5}, new double[] {1, 1}, 5, 6, 7);
        RunResult.GradientFidelity fidelity = FirstBatchFile.compare(run, reference);
        assertThat(fidelity.maxRelativeError()).isEqualTo(1);
        assertThat(fidelity.worstParameter()).isEqualTo("b");
        assertThat(fidelity.minCosine()).isCloseTo(Math.sqrt(0.5), within(1e-12));
        assertThat(fidelity.flippedSigns()).isEqualTo(3);
    }

    /** (3, 4, 1, 0) and (3, 4.5, 1, 0) in one layer: 0.5 of √26; the other layer has every bit. */
    @Test
    void tellsTheLayersThatDiffer() throws IOException {
        Map<String, RunResult.Layer> layers = FirstBatchFile.compare(
                        file(
                                "run",
                                List.of("f.a", "f.b", "g.a"),
                                new double[] {3, 4.5},
                                new double[] {1, 0},
                                new double[] {7, 7}),
                        file(
                                "reference",
                                List.of("f.a", "f.b", "g.a"),
                                new double[] {3, 4},
                                new double[] {1, 0},
                                new double[] {7, 7}))
                .layers();
        assertThat(layers).containsOnlyKeys("f");
        assertThat(layers.get("f").relativeError()).isCloseTo(0.5 / Math.sqrt(26), within(1e-12));
        assertThat(layers.get("f").cosine()).isCloseTo(28 / Math.sqrt(26 * 30.25), within(1e-12));
    }

    @Test
    void aGradientOfZeroHasACosineOfZero() throws IOException {
        Path reference = file("reference", new double[] {3, 4}, new double[] {1, 2});
        Path run = file("run", new double[] {0, 0}, new double[] {1, 2});
        RunResult.GradientFidelity fidelity = FirstBatchFile.compare(run, reference);
        assertThat(fidelity.maxRelativeError()).isEqualTo(1);
        assertThat(fidelity.minCosine()).isZero();
    }

    @Test
    void aReferenceOfZeroHasNoRelativeError() throws IOException {
        Path reference = file("reference", new double[] {0, 0}, new double[] {0, 0});
        Path run = file("run", new double[] {1, 0}, new double[] {1, 2});
        RunResult.GradientFidelity fidelity = FirstBatchFile.compare(run, reference);
        assertThat(fidelity.maxRelativeError()).isNull();
        assertThat(fidelity.minCosine()).isNull();
        assertThat(fidelity.worstParameter()).isNull();
    }
}

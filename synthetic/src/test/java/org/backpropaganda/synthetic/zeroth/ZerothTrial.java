package org.backpropaganda.synthetic.zeroth;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.CallSite;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.NormalNoise;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.MatMul;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.op.Subtract;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** An engine, a quadratic form of two parameters, and a model with state and random numbers. */
final class ZerothTrial implements AutoCloseable {
    static final int SIZE = 6;
    static final int BATCH = 8;
    static final int WIDTH = 5;
    static final int CLASSES = 3;

    final DType dtype;
    final Engine engine;
    final TensorScope root;
    final double[] matrix = new double[SIZE * SIZE];
    final Parameter first;
    final Parameter second;
    final Tensor images;
    final Tensor labels;
    private final Tensor a;

    ZerothTrial(DType dtype) {
        this(dtype, Engine.builder().threads(1).build());
    }

    ZerothTrial(DType dtype, Engine engine) {
        this.dtype = dtype;
        this.engine = engine;
        root = engine.scope("");
        SplittableRandom random = new SplittableRandom(11);
        for (int i = 0; i < SIZE; i++) {
            for (int j = 0; j <= i; j++) {
                matrix[i * SIZE + j] = random.nextDouble(-1, 1);
                matrix[j * SIZE + i] = matrix[i * SIZE + j];
            }
        }
        a = root.allocate(Shape.of(SIZE, SIZE), dtype, MemoryKind.INPUT).set(matrix);
        first = parameter("first", random.doubles(SIZE, -1, 1).toArray());
        second = parameter("second", random.doubles(SIZE, -1, 1).toArray());
        images = root.allocate(Shape.of(BATCH, WIDTH), dtype, MemoryKind.INPUT)
                .set(random.doubles(BATCH * WIDTH, -1, 1).toArray());
        labels = root.allocate(Shape.of(BATCH), DType.INT, MemoryKind.INPUT)
                .set(random.ints(BATCH, 0, CLASSES).toArray());
    }

    @Override
    public void close() {
        engine.close();
    }

    private Parameter parameter(String path, double[] values) {
        Tensor value = root.allocate(Shape.of(SIZE, 1), dtype, MemoryKind.PARAMETER);
        Parameter parameter = new Parameter(value.set(values));
        parameter.named(path);
        return parameter;
    }

    List<Parameter> both() {
        return List.of(first, second);
    }

    /** ½ θᵀAθ of θ = first − second. */
    Variable quadratic(Tape tape) {
        Variable theta = Subtract.subtract(tape.parameter(first), tape.parameter(second));
        return Ops.scale(Ops.sum(Multiply.multiply(theta, MatMul.matmul(tape.constant(a), theta))), 0.5);
    }

    /** Aθ, the gradient of the quadratic in first, and less that in second. */
    double[] gradient() {
        double[] p = first.value().toDoubles();
        double[] q = second.value().toDoubles();
        double[] gradient = new double[SIZE];
        for (int i = 0; i < SIZE; i++) {
            for (int j = 0; j < SIZE; j++) {
                gradient[i] += matrix[i * SIZE + j] * (p[j] - q[j]);
            }
        }
        return gradient;
    }

    double[] values() {
        return values(both());
    }

    static double[] values(List<Parameter> parameters) {
        return parameters.stream()
                .flatMapToDouble(parameter -> Arrays.stream(parameter.value().toDoubles()))
                .toArray();
    }

    /** Direction {@code number} of a seed over all parameters, as documented: by seed, number, path and place. */
    static double[] direction(List<Parameter> parameters, long seed, int number) {
        List<Double> z = new ArrayList<>();
        for (Parameter parameter : parameters) {
            long key = CallSite.key(CallSite.key(seed, "direction", number), parameter.path(), 0);
            for (long i = 0; i < parameter.value().elements(); i++) {
                z.add(NormalNoise.at(key, i));
            }
        }
        return z.stream().mapToDouble(Double::doubleValue).toArray();
    }

    static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    /** With statistics that count batches, and dropout. */
    Module model() {
        ParameterFactory factory = new ParameterFactory(root, dtype, 5);
        return new Sequential(
                new Linear(factory, WIDTH, 16, true),
                BatchNorm.withCumulativeStatistics(factory, 16),
                Activation.tanh(),
                new Dropout(0.3),
                new Linear(factory, 16, 16, true),
                Activation.tanh(),
                new Linear(factory, 16, CLASSES, true));
    }

    Function<Tape, Variable> loss(Module model) {
        return tape -> SoftmaxCrossEntropy.crossEntropy(model.call(tape.constant(images)), tape.constant(labels));
    }

    static Map<String, double[]> state(Module model) {
        Map<String, double[]> values = new LinkedHashMap<>();
        model.parameters()
                .forEach((path, parameter) -> values.put(path, parameter.value().toDoubles()));
        model.buffers().forEach((path, buffer) -> values.put(path, buffer.toDoubles()));
        return values;
    }
}

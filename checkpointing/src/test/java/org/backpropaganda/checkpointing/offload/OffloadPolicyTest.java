package org.backpropaganda.checkpointing.offload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.StepFigures;
import org.backpropaganda.checkpointing.Checkpoint;
import org.backpropaganda.checkpointing.CheckpointedSequence;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OffloadPolicyTest {
    private static final int WIDTH = 33;
    private static final int BATCH = 70;

    @TempDir
    Path directory;

    private OffloadFile open(int buffers, int bufferBytes) throws IOException {
        return OffloadFile.in(directory)
                .buffers(buffers)
                .bufferBytes(bufferBytes)
                .open();
    }

    private static List<Module> blocks(ParameterFactory factory) {
        return IntStream.range(0, 6)
                .<Module>mapToObj(i -> new Residual(new Sequential(
                        new Linear(factory, WIDTH, WIDTH, true),
                        new BatchNorm(factory, WIDTH),
                        Activation.tanh(),
                        new Dropout(0.3),
                        new Linear(factory, WIDTH, WIDTH, true),
                        Activation.gelu())))
                .toList();
    }

    private static Tensor input(TensorScope scope, DType dtype) {
        Tensor tensor = scope.allocate(Shape.of(BATCH, WIDTH), dtype, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(4).doubles(tensor.elements(), -1, 1).toArray());
    }

    private static Map<String, double[]> step(
            TensorScope root, Module model, DType dtype, SavedTensorPolicy policy, boolean retain) {
        Map<String, double[]> told = new LinkedHashMap<>();
        try (TensorScope scope = root.child();
                Tape tape = Tape.builder(scope).seed(7).policy(policy).build()) {
            Variable x = tape.leaf(input(scope, dtype));
            Variable loss = Ops.mean(Ops.square(model.call(x)));
            told.put("loss", loss.value().toDoubles());
            if (retain) {
                for (int i = 0; i < 2; i++) {
                    tape.backwardRetaining(loss).clear();
                }
            }
            try (Gradients gradients = tape.backward(loss)) {
                model.parameters()
                        .forEach((name, p) -> told.put(name, gradients.of(p).toDoubles()));
                assertThat(root.engine().ledger().liveBytes(MemoryKind.ACTIVATION))
                        .isZero();
            }
        }
        return told;
    }

    private static void assertSame(Map<String, double[]> actual, Map<String, double[]> expected) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, values) -> assertThat(actual.get(name)).as(name).isEqualTo(values));
    }

    /** Kept bytes, tensors ahead, buffers, bytes of one. */
    @ParameterizedTest
    @CsvSource({"0,0,1,4096", "0,1,3,4096", "0,3,2,8192", "20000,2,3,4096", "100000,1,1,4096", "0,1,3,1048576"})
    void everyBitIsThatOfPlainBackpropagation(long kept, int ahead, int buffers, int bufferBytes) throws IOException {
        List<UnaryOperator<List<Module>>> forms = List.of(
                blocks -> blocks,
                blocks -> List.of(Checkpoint.checkpoint(new Sequential(blocks))),
                blocks -> List.of(new CheckpointedSequence(blocks, 3)));
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            for (boolean retain : new boolean[] {false, true}) {
                for (UnaryOperator<List<Module>> form : forms) {
                    Map<String, double[]> plain = run(dtype, retain, form, SavedTensorPolicy.keep());
                    try (OffloadFile file = open(buffers, bufferBytes)) {
                        OffloadPolicy policy =
                                OffloadPolicy.to(file).atLeast(0).keepLast(kept).prefetch(ahead);
                        assertSame(run(dtype, retain, form, policy), plain);
                        assertThat(file.liveBytes()).isZero();
                        assertThat(file.writtenBytes()).isPositive();
                        assertThat(file.readBytes()).isPositive();
                    }
                }
            }
        }
    }

    private static Map<String, double[]> run(
            DType dtype, boolean retain, UnaryOperator<List<Module>> form, SavedTensorPolicy policy) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Module model = new Sequential(form.apply(blocks(new ParameterFactory(root, dtype, 5))));
            Map<String, double[]> told = step(root, model, dtype, policy, retain);
            assertThat(engine.ledger().offloadedBytes()).isZero();
            assertThat(engine.ledger().liveBytes()).isEqualTo(engine.ledger().liveBytes(MemoryKind.PARAMETER));
            return told;
        }
    }

    @ParameterizedTest
    @CsvSource({"0,0,1,4096", "0,1,3,4096", "0,3,2,8192", "20000,2,3,4096", "100000,1,1,4096", "0,1,3,1048576"})
    void shapesPredictEveryByte(long kept, int ahead, int buffers, int bufferBytes) throws IOException {
        List<UnaryOperator<List<Module>>> forms =
                List.of(blocks -> blocks, blocks -> List.of(new CheckpointedSequence(blocks, 3)));
        for (UnaryOperator<List<Module>> form : forms) {
            try (Engine engine = Engine.builder().threads(1).build();
                    TensorScope root = engine.scope("");
                    OffloadFile file = open(buffers, bufferBytes)) {
                Module model = new Sequential(form.apply(blocks(new ParameterFactory(root, DType.FLOAT, 5))));
                Tensor x = input(root, DType.FLOAT);
                OffloadPolicy policy =
                        OffloadPolicy.to(file).atLeast(1000).keepLast(kept).prefetch(ahead);
                ModelSummary summary = ModelSummary.of(model, List.of(x.spec()), tape -> tape.policy(policy));
                assertThat(file.writtenBytes()).isZero();
                assertThat(StepFigures.measured(model, List.of(x), tape -> tape.policy(policy)))
                        .isEqualTo(StepFigures.predicted(summary));
                assertThat(engine.ledger().peakOffloadedBytes()).isEqualTo(summary.peakOffloadedBytes());
                assertThat(file.writtenBytes()).isPositive();
            }
        }
    }

    /** dL/dx and the gradients of ‖dL/dx‖², through tensors in the file. */
    @Test
    void secondDerivativesAreThoseOfPlainBackpropagation() throws IOException {
        Map<String, double[]> plain = secondDerivatives(SavedTensorPolicy.keep());
        try (OffloadFile file = open(1, 4096)) {
            OffloadPolicy policy = OffloadPolicy.to(file).atLeast(0);
            assertSame(secondDerivatives(policy), plain);
            assertSame(secondDerivatives(policy.keepLast(20_000).prefetch(2)), plain);
            assertThat(file.readBytes()).isPositive();
            assertThat(file.liveBytes()).isZero();
        }
    }

    private static Map<String, double[]> secondDerivatives(SavedTensorPolicy policy) {
        Map<String, double[]> told = new LinkedHashMap<>();
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 5);
            Module model = new Sequential(
                    new Linear(factory, WIDTH, WIDTH, true),
                    Activation.tanh(),
                    new Linear(factory, WIDTH, WIDTH, true),
                    Activation.tanh());
            try (TensorScope scope = root.child();
                    Tape tape = Tape.builder(scope).policy(policy).build()) {
                Variable x = tape.leaf(input(scope, DType.DOUBLE));
                Variable slope = tape.differentiate(Ops.mean(Ops.square(model.call(x))), x)
                        .get(0);
                try (Gradients gradients = tape.backward(Ops.mean(Ops.square(slope)))) {
                    model.parameters()
                            .forEach((name, p) -> told.put(name, gradients.of(p).toDoubles()));
                }
                told.put("x", tape.gradient(x).toDoubles());
            }
            assertThat(engine.ledger().liveBytes()).isEqualTo(engine.ledger().liveBytes(MemoryKind.PARAMETER));
        }
        return told;
    }
}

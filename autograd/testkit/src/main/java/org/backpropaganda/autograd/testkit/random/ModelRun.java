package org.backpropaganda.autograd.testkit.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.StepFigures;
import org.jspecify.annotations.Nullable;

/** A form of a random model with its inputs, and the steps that are made with it. */
final class ModelRun implements AutoCloseable {
    private final RandomModel model;
    private final boolean arranged;
    private final Engine engine;
    private final TensorScope root;
    private final Module module;
    private final List<Tensor> inputs = new ArrayList<>();

    ModelRun(Engine engine, RandomModel model, Building building, TensorScope root) {
        this.engine = engine;
        this.model = model;
        this.root = root;
        arranged = building.isArranged();
        module = model.build(building);
        SplittableRandom random = new SplittableRandom(model.seed());
        for (Input input : model.inputs()) {
            Tensor drawn = input.draw(root, model.dtype(), random);
            inputs.add(root.allocate(drawn.shape(), drawn.dtype(), MemoryKind.INPUT)
                    .copyFrom(drawn));
            drawn.close();
        }
    }

    static ParameterFactory factory(RandomModel model, TensorScope root) {
        return new ParameterFactory(root, model.dtype(), model.seed());
    }

    /** What a step tells, by name: outputs and buffers, and gradients, where there are any. */
    record Told(Map<String, double[]> values, Map<String, double @Nullable []> gradients) {}

    /** A step, which leaves nothing behind. */
    Told step() {
        long base = engine.ledger().liveBytes();
        Told told = watched();
        assertThat(engine.ledger().liveBytes()).as("bytes after the step").isEqualTo(base);
        return told;
    }

    /** A step that somebody watches, who may keep something. */
    Told watched() {
        Map<String, double[]> values = new LinkedHashMap<>();
        Map<String, double @Nullable []> gradients = new LinkedHashMap<>();
        try (TensorScope step = root.child();
                Tape tape = tape(step)) {
            List<Variable> entered = enter(tape);
            List<Variable> outputs = module.call(entered);
            for (int i = 0; i < outputs.size(); i++) {
                values.put("output " + i, outputs.get(i).value().toDoubles());
            }
            backward(tape, step, outputs, gradients);
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION))
                    .as("ACTIVATION after backward")
                    .isZero();
            for (int i = 0; i < entered.size(); i++) {
                gradients.put("input " + i, toDoubles(tape.gradient(entered.get(i))));
            }
        }
        module.buffers().forEach((path, buffer) -> values.put("buffer " + path, buffer.toDoubles()));
        return new Told(values, gradients);
    }

    private void backward(
            Tape tape, TensorScope step, List<Variable> outputs, Map<String, double @Nullable []> gradients) {
        List<Variable> differentiated =
                outputs.stream().filter(Variable::requiresGradient).toList();
        if (differentiated.isEmpty()) {
            return;
        }
        SplittableRandom random = new SplittableRandom(model.seed() + 1);
        List<Tensor> cotangents = new ArrayList<>();
        for (Variable output : differentiated) {
            // One number is a loss, of which a step begins with its share.
            Input drawn = Input.in(output.shape()).within(-1, 1);
            boolean isLoss = output.value().elements() == 1;
            cotangents.add((isLoss ? drawn.of(1) : drawn).draw(step, output.dtype(), random));
        }
        try (Gradients result = tape.backward(differentiated, cotangents)) {
            module.parameters().forEach((path, parameter) -> gradients.put(path, toDoubles(result.of(parameter))));
        }
    }

    private static double @Nullable [] toDoubles(@Nullable Tensor tensor) {
        return tensor == null ? null : tensor.toDoubles();
    }

    private Tape tape(TensorScope step) {
        TapeBuilder builder = Tape.builder(step).seed(model.seed()).share(1);
        setUp(builder);
        return builder.build();
    }

    private void setUp(TapeBuilder builder) {
        if (arranged) {
            model.onTape().forEach(candidate -> candidate.onTape(builder));
        }
    }

    private List<Variable> enter(Tape tape) {
        List<Variable> entered = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            boolean leaf = i < model.sources().size() && model.sources().get(i) == RandomModel.Source.VALUES;
            entered.add(leaf ? tape.leaf(inputs.get(i)) : tape.constant(inputs.get(i)));
        }
        return entered;
    }

    /** A forward that no backward follows. */
    void abandonedStep() {
        long base = engine.ledger().liveBytes();
        try (TensorScope step = root.child();
                Tape tape = tape(step)) {
            module.call(enter(tape));
        }
        assertThat(engine.ledger().liveBytes())
                .as("bytes after closing without backward")
                .isEqualTo(base);
    }

    /** A step on shapes alone has the bytes of one on numbers. */
    void assertBytesArePredicted() {
        StepFigures predicted = StepFigures.predicted(
                ModelSummary.of(module, inputs.stream().map(Tensor::spec).toList(), this::setUp));
        assertThat(predicted)
                .as("bytes as predicted from shapes")
                .isEqualTo(StepFigures.measured(module, inputs, this::setUp));
    }

    @Override
    public void close() {
        root.close();
    }
}

package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.checkpointing.planner.Plan;
import org.backpropaganda.checkpointing.planner.PlannedModel;
import org.backpropaganda.checkpointing.planner.Planner;
import org.jspecify.annotations.Nullable;

/**
 * Training steps of a model of the suite that is executed as a plan says, with memory and values.
 *
 * @param peakBytes the most that were live in the second step: parameters, state of the optimizer and the batch included
 * @param gradients of the first step, by the names of parameters
 */
record PlannedSuiteStep(long peakBytes, Map<String, double[]> gradients) {
    private static final int BATCH = 8;
    private static final int SIDE = 16;
    private static final int CLASSES = 10;
    private static final int STEPS = 2;

    static ModelSpec spec(String kind, int depth, int width, DType dtype) {
        return new ModelSpec(
                kind, new ModelSpec.Size(depth, width), 1, new ModelSpec.Images(SIDE, SIDE, 3, CLASSES), dtype);
    }

    private static Part structure(ModelSpec spec, TensorScope scope) {
        ParameterFactory factory = new ParameterFactory(scope, spec.dtype(), 5);
        return spec.architecture().describe(spec, new Layers(factory, spec.slope(), new Taps()));
    }

    static StepOutline outline(ModelSpec spec) {
        return new StepOutline(
                List.of(new TensorSpec(Shape.of(BATCH, SIDE, SIDE, 3), spec.dtype())),
                List.of(new TensorSpec(Shape.of(BATCH), DType.INT)),
                (results, labels) -> SoftmaxCrossEntropy.crossEntropy(results.get(0), labels.get(0)),
                (parameters, scope) -> Sgd.builder(0.05).momentum(0.9).build(parameters, scope),
                false);
    }

    /** A planner of it, in an engine without memory. */
    static Planner planner(ModelSpec spec, Engine engine) {
        return Planner.of(structure(spec, engine.scope("")), outline(spec));
    }

    /**
     * Makes them.
     *
     * @param plan null for plain backpropagation
     * @param budgetBytes that the engine refuses more than
     */
    static PlannedSuiteStep run(ModelSpec spec, @Nullable Plan plan, long budgetBytes) {
        try (Engine engine = Engine.builder()
                        .threads(1)
                        .memoryBudgetBytes(budgetBytes)
                        .build();
                TensorScope root = engine.scope("")) {
            Part structure = structure(spec, root);
            Module plain = structure.build();
            TechniqueSettings settings = new TechniqueSettings(new ParameterFactory(root, spec.dtype(), 0), Map.of());
            long peak = 0;
            Map<String, double[]> values = new LinkedHashMap<>();
            try (PlannedModel planned = plan == null ? null : plan.applyTo(structure, settings, root);
                    Optimizer optimizer = Sgd.builder(0.05).momentum(0.9).build(plain.parameterList(), root)) {
                Module module = planned == null ? plain : planned.module();
                assertThat(module.parameters().keySet())
                        .isEqualTo(plain.parameters().keySet());
                for (int number = 0; number < STEPS; number++) {
                    engine.resetPeaks();
                    step(spec, module, optimizer, root, number, number == 0 ? values : new LinkedHashMap<>());
                    peak = engine.ledger().peakBytes();
                }
            }
            return new PlannedSuiteStep(peak, values);
        }
    }

    private static void step(
            ModelSpec spec,
            Module module,
            Optimizer optimizer,
            TensorScope root,
            int number,
            Map<String, double[]> values) {
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 40 + number)) {
            Tensor batch = scope.allocate(Shape.of(BATCH, SIDE, SIDE, 3), spec.dtype(), MemoryKind.INPUT);
            Tensor classes = scope.allocate(Shape.of(BATCH), DType.INT, MemoryKind.INPUT);
            SplittableRandom random = new SplittableRandom(number);
            Variable images = tape.constant(
                    batch.set(random.doubles(batch.elements(), -1, 1).toArray()));
            Variable labels =
                    tape.constant(classes.set(random.ints(BATCH, 0, CLASSES).toArray()));
            Variable logits = module.call(images);
            Variable loss = SoftmaxCrossEntropy.crossEntropy(logits, labels);
            logits.release();
            values.put("loss", loss.value().toDoubles());
            try (Gradients gradients = tape.backward(loss)) {
                module.parameters().forEach((name, parameter) -> {
                    Tensor gradient = gradients.of(parameter);
                    values.put(name, gradient == null ? new double[0] : gradient.toDoubles());
                });
                optimizer.step(gradients);
            }
        }
    }

    /** ‖g − g₀‖ / ‖g₀‖ of all parameters together, and of the loss. */
    double errorAgainst(PlannedSuiteStep plain) {
        double difference = 0;
        double norm = 0;
        for (Map.Entry<String, double[]> entry : plain.gradients.entrySet()) {
            double[] expected = entry.getValue();
            double[] found = gradients.get(entry.getKey());
            assertThat(found).as(entry.getKey()).hasSameSizeAs(expected);
            for (int i = 0; i < expected.length; i++) {
                difference += (found[i] - expected[i]) * (found[i] - expected[i]);
                norm += expected[i] * expected[i];
            }
        }
        return Math.sqrt(difference / norm);
    }
}

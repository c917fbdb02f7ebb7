package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * Two training steps of a model with memory, values and kernels.
 *
 * @param peakBytes the most that were live in the second, everything included
 * @param values losses, gradients, and at the end parameters and buffers
 */
record RealSteps(long peakBytes, Map<String, double[]> values) {
    private static final int STEPS = 2;

    /**
     * Runs them.
     *
     * @param plan null for the model as it is
     * @param budgetBytes that the engine refuses more than
     */
    static RealSteps run(UserModel of, StepOutline outline, @Nullable Plan plan, long budgetBytes) {
        try (Engine engine = Engine.builder()
                        .threads(1)
                        .memoryBudgetBytes(budgetBytes)
                        .build();
                TensorScope root = engine.scope("")) {
            Module model = of.make().apply(new ParameterFactory(root, DType.FLOAT, 7));
            Map<String, double[]> values = new LinkedHashMap<>();
            long peak = 0;
            try (PlannedModel planned = plan == null ? null : plan.applyTo(model, root);
                    Optimizer optimizer = outline.optimizer() == null
                            ? null
                            : outline.optimizer().make(model.trainableParameters(), root)) {
                Module arranged = planned == null ? model : planned.module();
                for (int step = 0; step < STEPS; step++) {
                    engine.resetPeaks();
                    step(arranged, model, outline, optimizer, root, step, values);
                    peak = engine.ledger().peakBytes();
                }
            }
            model.parameters().forEach((name, parameter) -> put(values, name, parameter.value()));
            model.buffers().forEach((name, buffer) -> put(values, name, buffer));
            return new RealSteps(peak, values);
        }
    }

    private static void step(
            Module arranged,
            Module model,
            StepOutline outline,
            @Nullable Optimizer optimizer,
            TensorScope root,
            int number,
            Map<String, double[]> values) {
        boolean during = outline.updatesDuringBackward() && optimizer != null;
        try (TensorScope scope = root.child();
                Gradients gradients = during ? optimizer.duringBackward(scope) : new Gradients(scope);
                Tape tape = Tape.builder(scope)
                        .seed(31 + number)
                        .gradients(gradients)
                        .build()) {
            List<Variable> inputs = enter(tape, scope, outline.inputs(), number);
            List<Variable> labels = enter(tape, scope, outline.labels(), number);
            List<Variable> results = arranged.call(inputs);
            Variable loss = outline.loss().of(results, labels);
            put(values, "loss", loss.value());
            results.forEach(Variable::release);
            tape.backward(loss);
            model.parameters().forEach((name, parameter) -> {
                Tensor gradient = gradients.of(parameter);
                if (gradient != null) {
                    put(values, "gradient of " + name, gradient);
                }
            });
            if (!during && optimizer != null) {
                optimizer.step(gradients);
            }
        }
    }

    private static void put(Map<String, double[]> values, String name, Tensor tensor) {
        values.put(name + " #" + values.size(), tensor.toDoubles());
    }

    private static List<Variable> enter(Tape tape, TensorScope scope, List<TensorSpec> specs, int number) {
        List<Variable> entered = new ArrayList<>();
        for (TensorSpec spec : specs) {
            Tensor tensor = scope.allocate(spec.shape(), spec.dtype(), MemoryKind.INPUT);
            SplittableRandom random = new SplittableRandom(number * 100L + entered.size());
            int count = Math.toIntExact(tensor.elements());
            entered.add(tape.constant(
                    spec.dtype() == DType.INT
                            ? tensor.set(random.ints(count, 0, 5).toArray())
                            : tensor.set(random.doubles(count, -1, 1).toArray())));
        }
        return entered;
    }
}

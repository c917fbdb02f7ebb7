package org.backpropaganda.experiments.fit;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.technique.Savings;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.Techniques;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.checkpointing.planner.Plan;
import org.backpropaganda.checkpointing.planner.PlannedModel;
import org.backpropaganda.experiments.model.StepParts;

/** Training steps as a program makes them, in an engine with or without memory. */
final class StepRun {
    /** No technique. */
    static final String PLAIN = "plain";

    private static final int STEPS = 2;

    private StepRun() {}

    /** A model put together for real steps. */
    interface Arranged extends AutoCloseable {
        /** To call. */
        Module module();

        /** Of tensors that the whole step saves. */
        SavedTensorPolicy policy();

        @Override
        void close();
    }

    /** Puts models together. */
    interface Arranging {
        /**
         * One of them.
         *
         * @param scope lives as long as it is used
         */
        Arranged arranged(StepParts parts, TensorScope scope);
    }

    private record Built(Module module, SavedTensorPolicy policy, Runnable closing) implements Arranged {
        @Override
        public void close() {
            closing.run();
        }
    }

    /** As a plan says. */
    static Arranging planned(Plan plan) {
        return (parts, scope) -> {
            PlannedModel planned = plan.applyTo(parts.structure(), parts.settings(), scope);
            return new Built(planned.module(), SavedTensorPolicy.keep(), planned::close);
        };
    }

    /**
     * By one technique, whose policy is that of the whole step, the loss included.
     *
     * @param term of the technique; {@code plain} for none
     */
    static Arranging alone(String term) {
        return (parts, scope) -> {
            if (term.equals(PLAIN)) {
                return new Built(parts.structure().build(), SavedTensorPolicy.keep(), () -> {});
            }
            Technique technique = Techniques.parse(term)
                    .orElseThrow(() -> new IllegalArgumentException("there is no technique '" + term + "'"));
            Module module =
                    technique.arrange(parts.structure(), parts.settings()).build();
            Savings savings = technique.open(parts.settings(), scope);
            return new Built(module, savings.before(SavedTensorPolicy.keep()), savings::close);
        };
    }

    /**
     * The peak of the ledger from the model's making to the end of the second step, which has all that lives from step to step.
     *
     * @param engine that nothing is live in; without memory for the bytes alone
     */
    static long peakBytes(SizedModel model, long batch, Engine engine, Arranging arranging) {
        try (TensorScope root = engine.scope("")) {
            StepParts parts = model.step(batch, root);
            List<Parameter> parameters = parts.structure().build().parameterList();
            StepOutline.OptimizerMaker maker = parts.outline().optimizer();
            if (maker == null) {
                throw new IllegalStateException(model.name() + ": a step without optimizer has nothing of its state");
            }
            try (Arranged arranged = arranging.arranged(parts, root);
                    Optimizer optimizer = maker.make(parameters, root)) {
                for (int i = 0; i < STEPS; i++) {
                    step(model, arranged, parts.outline(), optimizer, root);
                }
            }
            return engine.ledger().peakBytes();
        }
    }

    private static void step(
            SizedModel model, Arranged arranged, StepOutline outline, Optimizer optimizer, TensorScope root) {
        try (TensorScope scope = root.child();
                Tape tape =
                        Tape.builder(scope).seed(1).policy(arranged.policy()).build()) {
            List<Tensor> entries = new ArrayList<>(entries(scope, outline.inputs()));
            entries.addAll(entries(scope, outline.labels()));
            boolean computes = scope.engine().hasMemory();
            if (computes) {
                model.fill(entries);
            }
            List<Variable> all = entries.stream().map(tape::constant).toList();
            int inputs = outline.inputs().size();
            Variable loss =
                    loss(outline, arranged.module().call(all.subList(0, inputs)), all.subList(inputs, all.size()));
            if (computes && !Double.isFinite(loss.value().item())) {
                throw new IllegalStateException(
                        model.name() + ": the loss of a step is " + loss.value().item());
            }
            try (Gradients gradients = tape.backward(loss)) {
                optimizer.step(gradients);
            }
        }
    }

    private static Variable loss(StepOutline outline, List<Variable> results, List<Variable> labels) {
        StepOutline.Loss made = outline.loss();
        if (made == null) {
            throw new IllegalStateException("a step without loss has nothing to differentiate");
        }
        Variable loss = made.of(results, labels);
        results.stream().filter(each -> each != loss && each.isAlive()).forEach(Variable::release);
        return loss;
    }

    private static List<Tensor> entries(TensorScope scope, List<TensorSpec> specs) {
        return specs.stream()
                .map(spec -> scope.allocate(spec.shape(), spec.dtype(), MemoryKind.INPUT))
                .toList();
    }
}

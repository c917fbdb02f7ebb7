package org.backpropaganda.checkpointing.recompute;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Training steps of a model under a byte budget, each with the numbers that it gave.
 *
 * @param values loss, gradients and buffers by name; empty in an engine without memory
 * @param activationBytes what was left of them after the last step
 */
record EvictionRun(Map<String, double[]> values, long peakBytes, long activationBytes, EvictionReport report) {

    /** What is run. */
    record Setup(Shape input, DType dtype, int steps, Function<ParameterFactory, Module> model) {
        /** With everything kept. */
        EvictionRun plain() {
            return run(Engine.builder().threads(1), false);
        }

        EvictionRun within(long budget) {
            return run(Engine.builder().threads(1).memoryBudgetBytes(budget), true);
        }

        /** On shapes alone. */
        EvictionRun predicted(long budget) {
            return run(Engine.builder().threads(1).memoryBudgetBytes(budget).withoutMemory(), true);
        }

        private EvictionRun run(Engine.Builder builder, boolean evicting) {
            Evictor evictor = new Evictor();
            Map<String, double[]> values = new LinkedHashMap<>();
            try (Engine engine = builder.build();
                    TensorScope root = engine.scope("")) {
                Module module = model.apply(new ParameterFactory(root, dtype, 5));
                Tensor batch = root.allocate(input, dtype, MemoryKind.INPUT);
                batch.fill(new SplittableRandom(1)::nextGaussian);
                for (int step = 0; step < steps; step++) {
                    step(root, module, batch, evicting ? evictor.policy() : SavedTensorPolicy.keep(), values, step);
                }
                module.buffers().forEach((name, buffer) -> put(values, name, buffer));
                return new EvictionRun(
                        values,
                        engine.ledger().peakBytes(),
                        engine.ledger().liveBytes(MemoryKind.ACTIVATION),
                        evictor.report());
            }
        }

        private static void step(
                TensorScope root,
                Module module,
                Tensor batch,
                SavedTensorPolicy policy,
                Map<String, double[]> values,
                int step) {
            try (TensorScope scope = root.child();
                    Tape tape = Tape.builder(scope).seed(step).policy(policy).build()) {
                Variable x = tape.leaf(batch);
                Variable y = module.call(x);
                Variable square = Multiply.multiply(y, y);
                y.release();
                Variable loss = Sum.sum(square);
                square.release();
                put(values, "loss " + step, loss.value());
                try (Gradients gradients = tape.backward(loss)) {
                    module.parameters().forEach((name, p) -> put(values, name + " " + step, gradients.of(p)));
                }
                put(values, "x " + step, tape.gradient(x));
            }
        }

        private static void put(Map<String, double[]> values, String name, Tensor tensor) {
            if (tensor.hasValues()) {
                values.put(name, tensor.toDoubles());
            }
        }
    }
}

package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.technique.LocallyTrained;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.NoValuesException;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** A training step on shapes alone: no kernel runs, and tensors are made, saved and freed as in a real one. */
final class ShapeStep {
    private static final double SOME = 0.5;

    private final StepOutline outline;
    private final Updates updates;
    private final Engine engine;

    /**
     * Steps of a model.
     *
     * @param engine without memory that they run in, with the settings of the one that real steps run in: those decide what
     *     kernels take
     */
    ShapeStep(StepOutline outline, Updates updates, Engine engine) {
        this.outline = outline;
        this.updates = updates;
        this.engine = engine;
    }

    /** Sees a step from its parts. */
    interface Watcher {
        /**
         * The batch is there.
         *
         * @param inputs that the model will be called with
         */
        default void begins(Tape tape, Engine engine, List<Variable> inputs) {}

        /** The model has returned. */
        default void computed(List<Variable> results) {}

        /**
         * Backward is to begin.
         *
         * @param endBytes of the loss; 0 where there is none
         */
        default void turns(long endBytes) {}

        /** Backward has ended. */
        default void ended() {}
    }

    Engine engine() {
        return engine;
    }

    /**
     * Runs one.
     *
     * @param scope of an engine without memory that nothing else is live in
     * @param watcher is told where the step stands
     * @return the most bytes that are live at once, what goes with the model in every arrangement included
     */
    long run(Module model, TensorScope scope, TimeCount observer, Watcher watcher) {
        Engine engine = scope.engine();
        engine.resetPeaks();
        try (Gradients gradients = outline.updatesDuringBackward()
                        ? Gradients.handedOver(scope, (parameter, gradient) -> updated(parameter, scope))
                        : new Gradients(scope);
                Tape tape = Tape.builder(scope)
                        .gradients(gradients)
                        .observer(observer)
                        .build()) {
            List<Variable> inputs = new ArrayList<>(enter(tape, scope, outline.inputs()));
            List<Variable> labels = enter(tape, scope, outline.labels());
            if (model instanceof LocallyTrained) {
                inputs.addAll(labels);
            }
            watcher.begins(tape, engine, inputs);
            List<Variable> results = model.call(inputs);
            watcher.computed(results);
            Variable loss = lossOf(results, labels);
            watcher.turns(loss == null ? 0 : loss.spec().bytes());
            if (loss != null) {
                tape.backward(loss);
            } else {
                backward(tape, scope, results);
            }
            watcher.ended();
            long updating = outline.updatesDuringBackward() ? 0 : updates.updateBytes();
            return updates.constantBytes()
                    + Math.max(engine.ledger().peakBytes(), engine.ledger().liveBytes() + updating);
        } catch (NoValuesException e) {
            throw refused(observer, "the loss", e);
        }
    }

    private boolean updated(Parameter parameter, TensorScope scope) {
        long bytes = updates.oneByOne().getOrDefault(parameter, 0L);
        if (bytes > 0) {
            scope.allocate(Shape.of(bytes), DType.BYTE, MemoryKind.TEMPORARY).close();
        }
        return true;
    }

    private static NoValuesException refused(TimeCount observer, String otherwise, NoValuesException e) {
        NoValuesException told =
                new NoValuesException("planner: " + observer.failed().orElse(otherwise)
                        + " reads values, and plans are made from shapes alone; compute by ops that take tensors, or take it out of"
                        + " what is planned");
        told.initCause(e);
        return told;
    }

    /** The forward of one that keeps nothing. */
    void silent(Module model, TensorScope scope, TimeCount observer, Watcher watcher) {
        try (Tape tape = Tape.builder(scope).observer(observer).notRecording().build()) {
            List<Variable> inputs = enter(tape, scope, outline.inputs());
            watcher.begins(tape, scope.engine(), inputs);
            watcher.computed(model.call(inputs));
        } catch (NoValuesException e) {
            throw refused(observer, "the model", e);
        }
    }

    private static List<Variable> enter(Tape tape, TensorScope scope, List<TensorSpec> specs) {
        return specs.stream()
                .map(spec -> tape.constant(batch(scope.allocate(spec.shape(), spec.dtype(), MemoryKind.INPUT))))
                .toList();
    }

    /** Something to compute with where there is memory: a number that no kernel is slow for, and the first class. */
    private static Tensor batch(Tensor tensor) {
        return tensor.dtype().isDifferentiable() ? tensor.fill(SOME) : tensor.zero();
    }

    private @Nullable Variable lossOf(List<Variable> results, List<Variable> labels) {
        StepOutline.Loss loss = outline.loss();
        if (loss == null) {
            return null;
        }
        Variable value = loss.of(results, labels);
        results.stream().filter(result -> result != value && result.isAlive()).forEach(Variable::release);
        return value;
    }

    private static void backward(Tape tape, TensorScope scope, List<Variable> results) {
        List<Variable> differentiated =
                results.stream().filter(Variable::requiresGradient).toList();
        List<Tensor> gradients = differentiated.stream()
                .map(result -> scope.allocate(result.shape(), result.dtype(), MemoryKind.TEMPORARY))
                .toList();
        if (!differentiated.isEmpty()) {
            tape.backward(differentiated, gradients);
        }
    }
}

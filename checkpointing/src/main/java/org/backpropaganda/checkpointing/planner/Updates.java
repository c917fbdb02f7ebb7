package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.NoValuesException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * What a model and its optimizer hold from step to step, and what an update takes while it runs.
 *
 * @param modelBytes of parameters and buffers
 * @param stateBytes of the optimizer
 * @param updateBytes that an update of all takes besides parameters, gradients and state
 * @param oneByOne what the update of each takes by itself
 */
record Updates(long modelBytes, long stateBytes, long updateBytes, Map<Parameter, Long> oneByOne) {

    /** What goes with a model in every arrangement. */
    static Updates of(Module model, StepOutline outline) {
        long bytes = 0;
        Set<Object> seen = new LinkedHashSet<>();
        for (Parameter parameter : model.trainedParameters()) {
            bytes += seen.add(parameter.value().identity()) ? parameter.value().bytes() : 0;
        }
        for (Tensor buffer : model.buffers().values()) {
            bytes += seen.add(buffer.identity()) ? buffer.bytes() : 0;
        }
        StepOutline.OptimizerMaker maker = outline.optimizer();
        List<Parameter> trained = model.trainableParameters();
        if (maker == null || trained.isEmpty()) {
            return new Updates(bytes, 0, 0, Map.of());
        }
        try (Engine nowhere = Engine.withoutMemory()) {
            return updated(bytes, trained, maker, nowhere);
        } catch (NoValuesException readsValues) {
            try (Engine engine = Engine.builder().threads(1).build()) {
                return updated(bytes, trained, maker, engine);
            }
        }
    }

    /** Updates of parameters of the same shapes. */
    private static Updates updated(
            long bytes, List<Parameter> parameters, StepOutline.OptimizerMaker maker, Engine engine) {
        try (TensorScope scope = engine.scope("")) {
            List<Parameter> twins = new ArrayList<>();
            for (Parameter parameter : parameters) {
                TensorSpec spec = parameter.value().spec();
                twins.add(new Parameter(scope.allocate(spec.shape(), spec.dtype(), MemoryKind.PARAMETER)
                        .zero()));
            }
            try (Optimizer optimizer = maker.make(twins, scope)) {
                update(optimizer, twins, scope);
                long all = update(optimizer, twins, scope);
                Map<Parameter, Long> each = new LinkedHashMap<>();
                for (int i = 0; i < twins.size(); i++) {
                    long one = update(optimizer, twins.subList(i, i + 1), scope);
                    if (one > 0) {
                        each.put(parameters.get(i), one);
                    }
                }
                return new Updates(bytes, optimizer.stateBytes(), all, each);
            }
        }
    }

    /** Updates some, and tells what that took. */
    private static long update(Optimizer optimizer, List<Parameter> parameters, TensorScope around) {
        try (TensorScope scope = around.child();
                Tape tape = Tape.training(scope, 0)) {
            List<Variable> sums = new ArrayList<>();
            List<Tensor> ones = new ArrayList<>();
            for (Parameter parameter : parameters) {
                Variable sum = Sum.sum(tape.parameter(parameter));
                sums.add(sum);
                ones.add(scope.allocate(sum.shape(), sum.dtype(), MemoryKind.TEMPORARY)
                        .fill(1));
            }
            try (Gradients gradients = tape.backward(sums, ones)) {
                Engine engine = scope.engine();
                engine.resetPeaks();
                long before = engine.ledger().liveBytes();
                optimizer.step(gradients);
                return engine.ledger().peakBytes() - before;
            }
        }
    }

    /** What is live all the time. */
    long constantBytes() {
        return modelBytes + stateBytes;
    }
}

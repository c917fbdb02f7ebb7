package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * What a model and its optimizer hold from step to step, and what an update takes while it runs.
 *
 * @param modelBytes of parameters and buffers
 * @param stateBytes of the optimizer
 * @param updateBytes that an update takes besides parameters, gradients and state
 */
record Updates(long modelBytes, long stateBytes, long updateBytes) {

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
        return maker == null || trained.isEmpty() ? new Updates(bytes, 0, 0) : updated(bytes, trained, maker);
    }

    /** An update of parameters of the same shapes that have no values. */
    private static Updates updated(long bytes, List<Parameter> parameters, StepOutline.OptimizerMaker maker) {
        try (Engine engine = Engine.withoutMemory();
                TensorScope scope = engine.scope("")) {
            List<Parameter> twins = new ArrayList<>();
            for (Parameter parameter : parameters) {
                Tensor value = parameter.value();
                Tensor twin = scope.allocate(value.shape(), value.dtype(), MemoryKind.PARAMETER);
                twins.add(new Parameter(twin));
            }
            try (Optimizer optimizer = maker.make(twins, scope);
                    Tape tape = Tape.training(scope, 0)) {
                try (Gradients gradients = tape.backward(sumOf(tape, twins))) {
                    optimizer.step(gradients);
                    engine.resetPeaks();
                    long before = engine.ledger().liveBytes();
                    optimizer.step(gradients);
                    return new Updates(
                            bytes, optimizer.stateBytes(), engine.ledger().peakBytes() - before);
                }
            }
        }
    }

    private static Variable sumOf(Tape tape, List<Parameter> parameters) {
        return parameters.stream()
                .map(parameter -> Sum.sum(tape.parameter(parameter)))
                .reduce(Add::add)
                .orElseThrow();
    }

    /** What is live all the time. */
    long constantBytes() {
        return modelBytes + stateBytes;
    }
}

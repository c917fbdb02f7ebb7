package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.optim.OptimizerState;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;

/** Saves one state after another until it is killed; every tensor of a state holds the number of its step. */
final class SaveLoop {
    private static final int WIDTH = 20_000;

    private SaveLoop() {}

    static Run run() {
        return new Run(
                DType.FLOAT,
                1,
                WIDTH,
                (parameters, scope) -> Sgd.builder(0.1).momentum(0.9).build(parameters, scope),
                Engine.builder().threads(1).build());
    }

    /**
     * The loop.
     *
     * @param args the file, and the first step
     */
    public static void main(String[] args) throws IOException {
        try (Run run = run()) {
            for (long step = Long.parseLong(args[1]); step > 0; step++) {
                Map<Parameter, Long> steps = new LinkedHashMap<>();
                for (Parameter parameter : run.model.parameterList()) {
                    steps.put(parameter, step);
                }
                run.optimizer.resume(steps);
                for (OptimizerState.Slot slot : run.optimizer.state().slots().values()) {
                    slot.tensors().get(0).fill((double) step);
                }
                for (var tensor : List.copyOf(Weights.of(run.model).values())) {
                    tensor.fill((double) step);
                }
                run.save(Path.of(args[0]), step);
                System.out.println(step);
            }
        }
    }
}

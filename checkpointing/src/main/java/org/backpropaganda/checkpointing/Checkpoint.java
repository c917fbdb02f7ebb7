package org.backpropaganda.checkpointing;

import java.util.List;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;

/**
 * A module whose insides are computed again in backward instead of being kept: it saves its inputs, and costs one more
 * forward evaluation. Names, paths and random keys are those of the module itself, so a model may be checkpointed
 * without a trace in its weights or results.
 */
public final class Checkpoint extends Module {
    private final Module body;

    private Checkpoint(Module body) {
        this.body = register("", body);
    }

    /** The module, checkpointed; one that is a checkpoint already is returned as it is. */
    public static Checkpoint checkpoint(Module body) {
        return body instanceof Checkpoint checkpoint ? checkpoint : new Checkpoint(body);
    }

    /**
     * Calls a function of variables within the running call, and computes it again in backward instead of keeping what it
     * computed: for a module that calls its parts, each registered with it.
     *
     * <pre>{@code
     * List<Variable> y = Checkpoint.call(x -> Sequential.chain(links.subList(2, 5), x), parameters, inputs);
     * }</pre>
     *
     * @param function of its arguments and of parameters alone
     * @param parameters all that it trains
     * @param inputs of one tape, at least one
     */
    public static List<Variable> call(
            UnaryOperator<List<Variable>> function, List<Parameter> parameters, List<Variable> inputs) {
        return call(function, UnaryOperator.identity(), parameters, inputs);
    }

    /**
     * Calls a function that ends with one call of a module, likewise. Its replay does not run what nobody reads the result of.
     *
     * @param front the function without its last call
     * @param last the last call, of a module that is called once: {@code module::call}
     * @param parameters all that they train
     * @param inputs of one tape, at least one
     */
    public static List<Variable> call(
            UnaryOperator<List<Variable>> front,
            UnaryOperator<List<Variable>> last,
            List<Parameter> parameters,
            List<Variable> inputs) {
        Tape tape = inputs.get(0).tape();
        return tape.isRecording()
                ? tape.apply(new CheckpointSegment(front, last, parameters), inputs)
                : last.apply(front.apply(inputs));
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        return call(UnaryOperator.identity(), body::call, body.trainedParameters(), inputs);
    }
}

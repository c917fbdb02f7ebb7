package org.backpropaganda.checkpointing;

import java.util.List;
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

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Tape tape = inputs.get(0).tape();
        return tape.isRecording()
                ? tape.apply(new CheckpointSegment(body::call, body.trainedParameters()), inputs)
                : body.call(inputs);
    }
}

package org.backpropaganda.synthetic.stage;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.LongUnaryOperator;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.ModuleCall;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * The tapes of one stage, and calls of its module on them: under the paths and random keys that they have where all stages are
 * one model.
 */
final class StageTapes {
    private final Sequential whole;
    private final Module module;
    private final TensorScope scope;
    private final LongUnaryOperator seeds;

    /**
     * Of one module.
     *
     * @param whole the model that it is a link of
     * @param scope of all that the stage holds
     * @param seeds by number of a batch
     */
    StageTapes(Sequential whole, Module module, TensorScope scope, LongUnaryOperator seeds) {
        this.whole = whole;
        this.module = module;
        this.scope = scope;
        this.seeds = seeds;
    }

    TensorScope scope() {
        return scope;
    }

    long seed(long batch) {
        return seeds.applyAsLong(batch);
    }

    /** A first run that records. */
    Tape recording(long batch, Gradients gradients, Map<Parameter, Tensor> weights) {
        return builder(batch).gradients(gradients).weights(weights).build();
    }

    /** A first run that keeps nothing. */
    Tape passing(long batch) {
        return builder(batch).notRecording().build();
    }

    /** A run that computes again, to be differentiated. */
    Tape again(long batch, Gradients gradients, Map<Parameter, Tensor> weights) {
        return builder(batch).again().gradients(gradients).weights(weights).build();
    }

    /** A run backwards that keeps nothing. */
    Tape inverting(long batch, Map<Parameter, Tensor> weights) {
        return builder(batch).again().notRecording().weights(weights).build();
    }

    private TapeBuilder builder(long batch) {
        return Tape.builder(scope).seed(seed(batch));
    }

    /** Gradients with the life of the stage, or until they are closed. */
    Gradients gradients() {
        return new Gradients(scope);
    }

    /** Inputs that need a gradient where they can have one. */
    static List<Variable> leaves(Tape tape, List<Tensor> values) {
        List<Variable> all = new ArrayList<>(values.size());
        for (Tensor value : values) {
            all.add(value.dtype().isDifferentiable() ? tape.leaf(value) : tape.constant(value));
        }
        return all;
    }

    /** Inputs that need none. */
    static List<Variable> constants(Tape tape, List<Tensor> values) {
        List<Variable> all = new ArrayList<>(values.size());
        values.forEach(value -> all.add(tape.constant(value)));
        return all;
    }

    List<Variable> call(Tape tape, List<Variable> inputs) {
        try (ModuleCall part = tape.enterPart(whole)) {
            return part.returning(module.call(inputs));
        }
    }

    /** The inputs of the module that gave {@code outputs}. */
    List<Variable> inverse(Tape tape, List<Variable> outputs) {
        try (ModuleCall part = tape.enterPart(whole)) {
            return part.returning(Inversion.of(module).orElseThrow().inverse(outputs));
        }
    }

    static List<Tensor> values(List<Variable> variables) {
        return variables.stream().map(Variable::value).toList();
    }
}

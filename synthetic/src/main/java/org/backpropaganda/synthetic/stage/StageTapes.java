package org.backpropaganda.synthetic.stage;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.ModuleCall;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * The tapes of one stage, and calls of its module on them: under the paths and random keys that they have where all stages are
 * one model.
 */
final class StageTapes {
    private final StagePlan plan;
    private final Module module;
    private final TensorScope scope;

    /**
     * Of one module.
     *
     * @param scope of all that the stage holds
     */
    StageTapes(StagePlan plan, Module module, TensorScope scope) {
        this.plan = plan;
        this.module = module;
        this.scope = scope;
    }

    TensorScope scope() {
        return scope;
    }

    long seed(long batch) {
        return plan.seeds().applyAsLong(batch);
    }

    /** A first run that records. */
    Tape recording(long batch, Gathering gathering, Map<Parameter, Tensor> weights) {
        return first(batch).gradients(gathering.gradients()).weights(weights).build();
    }

    /** A first run that keeps nothing. */
    Tape passing(long batch) {
        return first(batch).notRecording().build();
    }

    /** A run that computes again, to be differentiated. */
    Tape again(long batch, Gathering gathering, Map<Parameter, Tensor> weights) {
        return builder(batch)
                .again()
                .gradients(gathering.gradients())
                .weights(weights)
                .build();
    }

    /** A run backwards that keeps nothing. */
    Tape inverting(long batch, Map<Parameter, Tensor> weights) {
        return builder(batch).again().notRecording().weights(weights).build();
    }

    private TapeBuilder first(long batch) {
        return plan.gathered() == null ? builder(batch) : builder(batch).again();
    }

    private TapeBuilder builder(long batch) {
        return Tape.builder(scope).seed(seed(batch)).policy(plan.policy());
    }

    /**
     * Where the gradients of a batch gather in a stage.
     *
     * @param gradients of its parameters
     * @param isOwn whether they end with the batch
     */
    record Gathering(Gradients gradients, boolean isOwn) implements AutoCloseable {
        @Override
        public void close() {
            if (isOwn) {
                gradients.close();
            }
        }
    }

    /** Gradients with the life of the batch in the stage. */
    Gathering gathering() {
        Gradients gathered = plan.gathered();
        return gathered == null ? new Gathering(new Gradients(scope), true) : new Gathering(gathered, false);
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
        try (ModuleCall part = tape.enterPart(plan.whole())) {
            return part.returning(module.call(inputs));
        }
    }

    /** The inputs of the module that gave {@code outputs}. */
    List<Variable> inverse(Tape tape, List<Variable> outputs) {
        try (ModuleCall part = tape.enterPart(plan.whole())) {
            return part.returning(Inversion.of(module).orElseThrow().inverse(outputs));
        }
    }

    static List<Tensor> values(List<Variable> variables) {
        return variables.stream().map(Variable::value).toList();
    }
}

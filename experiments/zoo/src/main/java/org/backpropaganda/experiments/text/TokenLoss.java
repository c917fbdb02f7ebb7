package org.backpropaganda.experiments.text;

import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.LinearCrossEntropy;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Layer;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.experiments.model.StepParts;
import org.jspecify.annotations.Nullable;

/**
 * A model of tokens and its loss as one module: tokens [B, T] and the tokens that follow them [B, T], both of INT → mean
 * cross-entropy of all B · T tokens [], in nats. Names and random keys are those of the model.
 *
 * <pre>{@code
 * Chain model = Gpt2.small().describe(factory);
 * Module all = TokenLoss.ofLogits(model.build());    // holds logits of all tokens at once
 * Module lean = TokenLoss.inPieces(model);           // holds those of a few, and computes them twice
 * Variable loss = lean.call(List.of(tokens, next)).get(0);
 * }</pre>
 */
public final class TokenLoss extends Module {
    private final Module module;
    private final @Nullable TiedHead head;

    private TokenLoss(Module module, @Nullable TiedHead head) {
        this.module = register("", module);
        this.head = head == null ? null : register("head", head);
    }

    /**
     * The loss of a model of any kind, from all of its logits.
     *
     * @param model tokens [B, T] → logits [B, T, V]
     */
    public static TokenLoss ofLogits(Module model) {
        return new TokenLoss(model, null);
    }

    /**
     * The loss of a {@link Gpt2}, a few rows of logits at a time by {@link LinearCrossEntropy}: those of all tokens, which for a
     * large vocabulary are the largest tensors of a step, never exist together. It differs from the other by rounding.
     *
     * @param model a {@link Gpt2#describe description}, which techniques may have arranged
     * @throws IllegalArgumentException if the model does not end with a head that is its embedding
     */
    public static TokenLoss inPieces(Part model) {
        Headed headed = Headed.of(model);
        return new TokenLoss(headed.body.build(), headed.head);
    }

    /**
     * A training step of a {@link Gpt2} for a planner, with the loss of {@link #inPieces}: the head is part of the loss, so that
     * what is planned are the layers in front of it.
     *
     * @param model a {@link Gpt2#describe description} that no technique has arranged
     * @param tokens [B, T] of INT
     * @param optimizer of all parameters
     * @param factory that made the model
     * @throws IllegalArgumentException if the model does not end with a head that is its embedding
     */
    public static StepParts stepInPieces(
            Part model, TensorSpec tokens, StepOutline.OptimizerMaker optimizer, ParameterFactory factory) {
        Headed headed = Headed.of(model);
        StepOutline outline = new StepOutline(
                List.of(tokens),
                List.of(tokens),
                (results, labels) -> inPieces(results.get(0), headed.head, Reshape.reshape(labels.get(0), -1)),
                optimizer,
                false);
        return new StepParts(headed.body, outline, new TechniqueSettings(factory, Map.of(), Map.of(), outline));
    }

    /** A model cut in front of its head. */
    private record Headed(Part body, TiedHead head) {
        static Headed of(Part model) {
            if (model instanceof Chain chain && !chain.links().isEmpty()) {
                int last = chain.links().size() - 1;
                if (chain.links().get(last).part() instanceof Layer layer && layer.module() instanceof TiedHead head) {
                    return new Headed(chain.part(0, last), head);
                }
            }
            throw new IllegalArgumentException("token loss in pieces: the model does not end with a head that is its"
                    + " embedding; give what Gpt2.describe returns, or take the loss of its logits");
        }
    }

    private static Variable inPieces(Variable y, TiedHead head, Variable targets) {
        return LinearCrossEntropy.linearCrossEntropy(rows(y), y.tape().parameter(head.weight()), targets);
    }

    private static Variable rows(Variable y) {
        return Reshape.reshape(y, -1, y.shape().dim(-1));
    }

    @Override
    protected List<Variable> forward(List<Variable> batch) {
        if (batch.size() != 2) {
            throw new IllegalArgumentException("TokenLoss: takes tokens [B, T] and those that follow them [B, T], got "
                    + batch.size() + " inputs");
        }
        Variable targets = Reshape.reshape(batch.get(1), -1);
        Variable y = module.call(batch.get(0));
        return List.of(head == null ? SoftmaxCrossEntropy.crossEntropy(rows(y), targets) : inPieces(y, head, targets));
    }
}

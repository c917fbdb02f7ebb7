package org.backpropaganda.experiments.fit;

import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.optim.AdamW;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.experiments.model.StepParts;
import org.backpropaganda.experiments.text.Gpt2;
import org.backpropaganda.experiments.text.TokenLoss;

/** A {@link Gpt2} that is trained by AdamW on sequences as long as it takes. */
record SizedText(String title, Gpt2 model) implements SizedModel {
    private static final double RATE = 1e-4;

    @Override
    public String name() {
        return "gpt2";
    }

    @Override
    public String description() {
        return String.format(
                Locale.ROOT,
                "GPT-2 of %d blocks and width %d, %d heads, %,d tokens, sequences of %,d tokens in FLOAT, AdamW. A cell is"
                        + " a number of sequences. The loss is the mean cross-entropy of all tokens by `TokenLoss.inPieces`,"
                        + " which computes a few rows of logits at a time, in every row of the table. Deviations from what was"
                        + " published: dropout is 0.",
                model.depth(),
                model.width(),
                model.heads(),
                model.vocabulary(),
                model.positions());
    }

    @Override
    public long smallestBatch() {
        return 1;
    }

    @Override
    public StepParts step(long batch, TensorScope scope) {
        ParameterFactory factory = new ParameterFactory(scope, DType.FLOAT, 1);
        return TokenLoss.stepInPieces(
                model.describe(factory),
                new TensorSpec(Shape.of(batch, model.positions()), DType.INT),
                (parameters, owner) -> AdamW.builder(RATE).build(parameters, owner),
                factory);
    }

    @Override
    public void fill(List<Tensor> entries) {
        SplittableRandom random = new SplittableRandom(1);
        entries.forEach(tokens -> tokens.set(
                random.ints(tokens.shape().elements(), 0, model.vocabulary()).toArray()));
    }
}

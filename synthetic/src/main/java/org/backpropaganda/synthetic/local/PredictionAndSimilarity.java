package org.backpropaganda.synthetic.local;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Scale;

/**
 * {@code (1 − β) L_pred + β L_sim}: the cross-entropy of an {@link AuxiliaryClassifier} and a {@link SimilarityLoss} of the same
 * result, added. Parameters: those of the two, under {@code prediction} and {@code similarity}.
 *
 * <pre>{@code
 * LocalObjective predsim = new PredictionAndSimilarity(factory, false, 256, 10);
 * }</pre>
 *
 * <p>Source: Nøkland and Eidnes 2019, "Training Neural Networks with Local Error Signals", § 2.3, Eq. (4), with their β =
 * 0.99. Deviation: images are averaged over all pixels for the prediction, where the paper keeps as many as make about as
 * many features as a hidden layer has.
 */
public final class PredictionAndSimilarity extends LocalObjective {
    /** The paper's. */
    public static final double BETA = 0.99;

    private final AuxiliaryClassifier prediction;
    private final SimilarityLoss similarity;
    private final double beta;

    /** With the paper's β. */
    public PredictionAndSimilarity(ParameterFactory factory, boolean isOfImages, long channels, int classes) {
        this(factory, isOfImages, channels, classes, BETA);
    }

    /**
     * Of rows or images.
     *
     * @param isOfImages whether h is [B, H, W, channels], not [B, channels]
     * @param beta the part of the similarity, within [0, 1]
     */
    public PredictionAndSimilarity(
            ParameterFactory factory, boolean isOfImages, long channels, int classes, double beta) {
        if (!(beta >= 0 && beta <= 1)) {
            throw new IllegalArgumentException("local loss: beta " + beta + " must be within [0, 1]");
        }
        this.beta = beta;
        prediction = register(
                "prediction",
                isOfImages
                        ? AuxiliaryClassifier.ofImages(factory, channels, classes, 1)
                        : AuxiliaryClassifier.ofRows(factory, channels, classes));
        similarity = register("similarity", new SimilarityLoss(factory, isOfImages, channels, classes));
    }

    @Override
    protected Variable loss(Variable h, Variable labels) {
        Variable predicted = prediction.call(List.of(h, labels)).get(0);
        Variable similar = similarity.call(List.of(h, labels)).get(0);
        return Add.add(Scale.scale(predicted, 1 - beta), Scale.scale(similar, beta));
    }
}

package org.backpropaganda.synthetic.local;

import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.AdaptiveAvgPool2d;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.ShapeException;

/**
 * The mean cross-entropy of a small classifier on a module's result: a linear map of rows [B, C], or of images [B, H, W, C]
 * averaged to a few pixels, and perhaps a hidden layer with ReLU before. Parameters: head.weight [classes, features],
 * head.bias and, with a hidden layer, hidden.weight and hidden.bias.
 *
 * <pre>{@code
 * LocalObjective rows = AuxiliaryClassifier.ofRows(factory, 256, 10);
 * LocalObjective images = AuxiliaryClassifier.ofImages(factory, 64, 10, 2).withHidden(factory, 128);
 * }</pre>
 *
 * <p>{@link #monoForward} is one linear map without a bias, {@code G = a Mᵀ}: cross-entropy on it is the loss of the
 * Mono-Forward algorithm, whose goodness of a class is such a projection.
 *
 * <p>Source: Belilovsky et al. 2020, "Decoupled Greedy Learning of CNNs", § 3, Eq. (1); for monoForward, Gong et al. 2025,
 * "Mono-Forward: Backpropagation-Free Algorithm for Efficient Neural Network Training Harnessing Local Errors".
 * Deviations: the former's convolutional and three-layer classifiers are left out; the latter projects whole feature maps,
 * here averaged over pixels.
 */
public final class AuxiliaryClassifier extends LocalObjective {
    private static final int ROWS = 2;
    private static final int IMAGES = 4;

    private final int rank;
    private final long channels;
    private final int classes;
    private final int pixels;
    private final boolean hasBias;
    private final Module classifier;

    private AuxiliaryClassifier(
            ParameterFactory factory, int rank, long channels, int classes, int pixels, long hidden, boolean hasBias) {
        if (classes < 1 || channels < 1 || pixels < 1 || hidden < 0) {
            throw new IllegalArgumentException("auxiliary classifier: " + channels + " channels, " + classes
                    + " classes, " + pixels + " pixels a side, " + hidden + " hidden units; give at least one of each,"
                    + " or no hidden units");
        }
        this.rank = rank;
        this.channels = channels;
        this.classes = classes;
        this.pixels = pixels;
        this.hasBias = hasBias;
        long features = channels * pixels * pixels;
        Map<String, Module> layers = new LinkedHashMap<>();
        if (hidden > 0) {
            layers.put("hidden", new Linear(factory, features, hidden, true));
            layers.put("relu", Activation.relu());
        }
        layers.put("head", new Linear(factory, hidden > 0 ? hidden : features, classes, hasBias));
        classifier = register("", new Sequential(layers));
    }

    /** Of rows [B, channels]. */
    public static AuxiliaryClassifier ofRows(ParameterFactory factory, long channels, int classes) {
        return new AuxiliaryClassifier(factory, ROWS, channels, classes, 1, 0, true);
    }

    /**
     * Of images [B, H, W, channels].
     *
     * @param pixels to how many pixels a side they are averaged: 1 for the mean of all
     */
    public static AuxiliaryClassifier ofImages(ParameterFactory factory, long channels, int classes, int pixels) {
        return new AuxiliaryClassifier(factory, IMAGES, channels, classes, pixels, 0, true);
    }

    /**
     * A projection without bias of rows, or of images averaged over all pixels.
     *
     * @param isOfImages whether h is [B, H, W, channels], not [B, channels]
     */
    public static AuxiliaryClassifier monoForward(
            ParameterFactory factory, boolean isOfImages, long channels, int classes) {
        return new AuxiliaryClassifier(factory, isOfImages ? IMAGES : ROWS, channels, classes, 1, 0, false);
    }

    /** Another classifier like this one, with a hidden layer. */
    public AuxiliaryClassifier withHidden(ParameterFactory factory, long units) {
        return new AuxiliaryClassifier(factory, rank, channels, classes, pixels, units, hasBias);
    }

    /** The logits [B, classes]. */
    Variable logits(Variable h) {
        if (h.shape().rank() != rank || h.shape().dim(-1) != channels) {
            throw new ShapeException("auxiliary classifier: the boundary is " + h.spec() + ", made for "
                    + (rank == ROWS ? "[B, C]" : "[B, H, W, C]") + " with " + channels + " channels");
        }
        if (rank == ROWS) {
            return classifier.call(h);
        }
        Variable pooled = AdaptiveAvgPool2d.adaptiveAvgPool2d(h, pixels, pixels);
        Variable features = Reshape.reshape(pooled, h.shape().dim(0), channels * pixels * pixels);
        pooled.release();
        Variable logits = classifier.call(features);
        features.release();
        return logits;
    }

    @Override
    protected Variable loss(Variable h, Variable labels) {
        Variable logits = logits(h);
        Variable loss = SoftmaxCrossEntropy.crossEntropy(logits, labels);
        logits.release();
        return loss;
    }
}

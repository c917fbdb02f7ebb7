package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import org.backpropaganda.autograd.tensor.Tensor;

/**
 * A trainable value. It belongs to the scope of the model, not to a step.
 *
 * <p>While it is frozen, no gradient is computed for it, nothing is kept for one, and optimizers pass it over. Freezing
 * and unfreezing act on what reads it from then on: a tape that has read it goes on as it began.
 */
public final class Parameter {
    private final Tensor value;
    private volatile boolean trainable;
    private String path = "";

    /** A parameter over a tensor that outlives every tape it is used on. */
    public Parameter(Tensor value) {
        this(value, true);
    }

    private Parameter(Tensor value, boolean trainable) {
        LEDGER.keep(value, "the value of a parameter");
        this.value = value;
        this.trainable = trainable;
    }

    /** A parameter that is frozen from the beginning. */
    public static Parameter frozen(Tensor value) {
        return new Parameter(value, false);
    }

    /** The value. Modified by optimizers only. */
    public Tensor value() {
        return value;
    }

    /** Lets no gradients be computed for it, wherever it is used, until {@link #unfreeze()}. */
    public void freeze() {
        trainable = false;
    }

    /** Lets gradients be computed for it again. */
    public void unfreeze() {
        trainable = true;
    }

    /** Whether gradients are computed for it. */
    public boolean isTrainable() {
        return trainable;
    }

    /** Where it stands in its model, as in {@code "stages.0.conv1.weight"}; empty until a model names it. */
    public String path() {
        return path;
    }

    /** Names it within a model, and books its value there. The last model to name it wins. */
    public void named(String modelPath) {
        path = modelPath;
        LEDGER.rename(value, modelPath);
    }

    @Override
    public String toString() {
        return path + " " + value.spec();
    }
}

package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import org.backpropaganda.autograd.tensor.Tensor;

/** A trainable value. It belongs to the scope of the model, not to a step. */
public final class Parameter {
    private final Tensor value;
    private final boolean trainable;
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

    /** A parameter that no gradient is computed for. */
    public static Parameter frozen(Tensor value) {
        return new Parameter(value, false);
    }

    /** The value. Modified by optimizers only. */
    public Tensor value() {
        return value;
    }

    /** Whether gradients are computed for it. */
    public boolean isTrainable() {
        return trainable;
    }

    /** Where it stands in its model, as in {@code "stages.0.conv1.weight"}; empty until a model names it. */
    public String path() {
        return path;
    }

    /** Names it within a model. The last model to name it wins. */
    public void named(String modelPath) {
        path = modelPath;
    }

    @Override
    public String toString() {
        return path + " " + value.spec();
    }
}

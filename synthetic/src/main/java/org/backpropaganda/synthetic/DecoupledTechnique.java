package org.backpropaganda.synthetic;

/** {@code decoupled}: {@code cdni} with linear predictors. */
public final class DecoupledTechnique extends Predicting {
    /** The technique as it is found. */
    public DecoupledTechnique() {
        super("decoupled", "cuts the model into modules, each with a predicted gradient", true);
    }

    @Override
    public boolean isUsual() {
        return true;
    }
}

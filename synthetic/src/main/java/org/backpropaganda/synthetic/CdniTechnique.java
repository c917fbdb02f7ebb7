package org.backpropaganda.synthetic;

/** {@code cdni}: a gradient at each cut that is predicted from what crosses it and the labels. */
public final class CdniTechnique extends Predicting {
    /** The technique as it is found. */
    public CdniTechnique() {
        super(
                "cdni",
                "cuts the model into modules, each with a gradient predicted from its result and the labels",
                true);
    }
}

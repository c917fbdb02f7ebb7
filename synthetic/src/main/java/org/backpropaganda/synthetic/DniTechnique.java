package org.backpropaganda.synthetic;

/** {@code dni}: a gradient at each cut that is predicted from what crosses it alone. */
public final class DniTechnique extends Predicting {
    /** The technique as it is found. */
    public DniTechnique() {
        super("dni", "cuts the model into modules, each with a gradient predicted from its result alone", false);
    }
}

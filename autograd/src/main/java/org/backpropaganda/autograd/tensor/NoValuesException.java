package org.backpropaganda.autograd.tensor;

/** Values were asked for where there are none: in an engine without memory, which knows shapes alone. */
public final class NoValuesException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public NoValuesException(String message) {
        super(message);
    }
}

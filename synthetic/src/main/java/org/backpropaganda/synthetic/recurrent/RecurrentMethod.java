package org.backpropaganda.synthetic.recurrent;

import java.util.List;
import java.util.OptionalDouble;

/**
 * What crosses the border between two windows of a sequence, as data. Immutable.
 *
 * <pre>
 * ĝ(h)     = M(h) / B                                          predicted ∂(loss of later windows)/∂h, 0 where a sequence ends
 * Δθ       ∝ ∂L/∂θ + c (∂h'/∂θ)ᵀ ĝ(h')                          of a window from h to h' with the loss L
 * target   = ∂L/∂h + γ Jᵀ ĝ(h'),  J = ∂h'/∂h                    what ĝ(h) learns, detached
 * </pre>
 *
 * The factor c belongs to what the layer gets alone; what the predictor learns is not shrunk by it, unless γ = c. Where γ and
 * c differ, a window is differentiated twice.
 *
 * <pre>{@code
 * RecurrentMethod method = RecurrentMethod.dni().withInjection(1);
 * }</pre>
 *
 * <p>Source: Jaderberg et al. 2017, "Decoupled Neural Interfaces using Synthetic Gradients", § 2.1 and 3.1; traces: Pemberton
 * and Costa 2024, "BP(λ): Online Learning via Synthetic Gradients".
 *
 * @param name on command lines and in reports
 * @param predicts whether anything crosses
 * @param injection c
 * @param discount γ
 * @param auxiliary the weight of the auxiliary loss, by which the layer learns to know the predicted gradient at the exit of
 *     the window at each of its steps; 0 for none
 * @param decay λ of the traces by which a linear predictor learns; none for regression, of a predictor with a hidden layer
 */
public record RecurrentMethod(
        String name, boolean predicts, double injection, double discount, double auxiliary, OptionalDouble decay) {
    private static final double INJECTION = 0.1;
    private static final double DISCOUNT = 0.9;

    /** The names that {@link #named} knows. */
    public static final List<String> NAMES = List.of("bptt", "dni", "dni-aux", "bp-lambda");

    /** Checked figures. */
    public RecurrentMethod {
        require(name, "injection", injection, Double.MAX_VALUE);
        require(name, "discount", discount, 1);
        require(name, "weight of the auxiliary loss", auxiliary, Double.MAX_VALUE);
        if (decay.isPresent()) {
            require(name, "decay of traces", decay.getAsDouble(), 1);
        }
    }

    private static void require(String name, String what, double value, double most) {
        if (!(value >= 0 && value <= most)) {
            throw new IllegalArgumentException(name + ": " + what + " " + value + " is not within 0 and "
                    + (most == 1 ? "1" : "the largest number"));
        }
    }

    /** Truncated backpropagation through time: gradients end at the entry of a window. */
    public static RecurrentMethod bptt() {
        return new RecurrentMethod("bptt", false, 0, 0, 0, OptionalDouble.empty());
    }

    /** Decoupled neural interfaces: a tenth of the predicted gradient enters at the exit of a window. */
    public static RecurrentMethod dni() {
        return new RecurrentMethod("dni", true, INJECTION, 1, 0, OptionalDouble.empty());
    }

    /** Decoupled neural interfaces with the auxiliary loss. */
    public static RecurrentMethod dniAux() {
        return new RecurrentMethod("dni-aux", true, INJECTION, 1, 1, OptionalDouble.empty());
    }

    /**
     * Accumulate BP(λ) with γ = 0.9: the predictor learns of all later losses through traces, without a history.
     *
     * @param decay λ, from bootstrapping alone (0) to none (1)
     */
    public static RecurrentMethod bpLambda(double decay) {
        return new RecurrentMethod("bp-lambda", true, INJECTION, DISCOUNT, 0, OptionalDouble.of(decay));
    }

    /**
     * The method of a name of {@link #NAMES}; {@code bp-lambda} has λ = 1.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static RecurrentMethod named(String name) {
        return switch (name) {
            case "bptt" -> bptt();
            case "dni" -> dni();
            case "dni-aux" -> dniAux();
            case "bp-lambda" -> bpLambda(1);
            default ->
                throw new IllegalArgumentException("unknown method '" + name + "': choose " + String.join(", ", NAMES));
        };
    }

    /** This with another c. */
    public RecurrentMethod withInjection(double value) {
        return new RecurrentMethod(name, predicts, value, discount, auxiliary, decay);
    }

    /** This with another γ. */
    public RecurrentMethod withDiscount(double value) {
        return new RecurrentMethod(name, predicts, injection, value, auxiliary, decay);
    }

    /** This with another weight of the auxiliary loss. */
    public RecurrentMethod withAuxiliary(double value) {
        return new RecurrentMethod(name, predicts, injection, discount, value, decay);
    }
}

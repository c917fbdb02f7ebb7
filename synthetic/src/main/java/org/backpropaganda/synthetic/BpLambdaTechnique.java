package org.backpropaganda.synthetic;

import java.util.List;
import java.util.function.Function;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.Usage;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * {@code bp-lambda:0.5}: a mixture at each cut of the gradient that arrives with one predicted as {@code cdni} does. With
 * {@code falling=N} the part that arrives falls from 1 to 0 over N steps; with {@code cosine=C} it is 1 until the
 * predictions of a hundred batches in a row had a cosine of C with it.
 */
public final class BpLambdaTechnique extends Predicting {
    private static final String FALLING = "falling=";
    private static final String COSINE = "cosine=";
    private static final long TRUSTED_AFTER = 100;

    private final String argument;
    private final Function<TensorScope, Mixing> mixing;

    /** The technique as it is found, without an argument. */
    public BpLambdaTechnique() {
        this("1", scope -> Mixing.constant(1));
    }

    private BpLambdaTechnique(String argument, Function<TensorScope, Mixing> mixing) {
        super("bp-lambda", "", true);
        this.argument = argument;
        this.mixing = mixing;
    }

    @Override
    public String term() {
        return name() + ":" + argument;
    }

    @Override
    public List<Usage> usages() {
        return List.of(
                new Usage(name() + ":X", "cuts the model; X of a gradient is what arrives, the rest predicted"),
                new Usage(name() + ":" + FALLING + "N", "the same with X from 1 to 0 over N steps"),
                new Usage(name() + ":" + COSINE + "C", "X is 1 until predictions have a cosine of C, and 0 then"));
    }

    @Override
    public Technique with(String given) {
        if (given.startsWith(FALLING)) {
            long steps = (long) number(given.substring(FALLING.length()));
            if (steps < 1) {
                throw new IllegalArgumentException("it falls over " + steps + " steps; give at least one");
            }
            return new BpLambdaTechnique(
                    given, scope -> Mixing.scheduled(scope, step -> Math.max(0, 1 - (double) step / steps)));
        }
        if (given.startsWith(COSINE)) {
            double cosine = number(given.substring(COSINE.length()));
            if (!(cosine >= -1 && cosine <= 1)) {
                throw new IllegalArgumentException("a cosine " + cosine + " is not within [-1, 1]");
            }
            return new BpLambdaTechnique(given, scope -> Mixing.warmUp(scope, cosine, TRUSTED_AFTER));
        }
        double lambda = number(given);
        Mixing constant = Mixing.constant(lambda);
        return new BpLambdaTechnique(given, scope -> constant);
    }

    private static double number(String written) {
        try {
            return Double.parseDouble(written);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("'" + written + "' is no number", e);
        }
    }

    @Override
    Mixing mixing(TechniqueSettings settings) {
        return mixing.apply(settings.factory().scope());
    }
}

package org.backpropaganda.autograd.optim;

import java.util.List;
import java.util.function.Predicate;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Configures {@link Adam}, {@link AdamW} or {@link Lamb}. One builder may build for several models.
 *
 * @param <T> which of them
 */
public final class AdamBuilder<T extends Optimizer> {
    private final String name;
    private final Make<T> make;
    final double learningRate;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon;
    double weightDecay;
    Predicate<? super Parameter> decays = parameter -> true;

    interface Make<T extends Optimizer> {
        T make(List<Parameter> parameters, TensorScope scope, AdamBuilder<T> builder);
    }

    AdamBuilder(String name, double learningRate, double weightDecay, double epsilon, Make<T> make) {
        this.name = name;
        this.learningRate = Hyperparameters.notNegative(name + ": learning rate", learningRate);
        this.weightDecay = weightDecay;
        this.epsilon = epsilon;
        this.make = make;
    }

    /** Decay rates of the first and second moment, within [0, 1); by default 0.9 and 0.999. */
    public AdamBuilder<T> betas(double first, double second) {
        beta1 = Hyperparameters.belowOne(name + ": beta 1", first);
        beta2 = Hyperparameters.belowOne(name + ": beta 2", second);
        return this;
    }

    /** Added to the root of the second moment, after its correction; by default 1e-8, and 1e-6 for {@link Lamb}. */
    public AdamBuilder<T> epsilon(double value) {
        epsilon = Hyperparameters.notNegative(name + ": epsilon", value);
        return this;
    }

    /** λ; by default 0 for {@link Adam} and 0.01 for the others. */
    public AdamBuilder<T> weightDecay(double value) {
        weightDecay = Hyperparameters.notNegative(name + ": weight decay", value);
        return this;
    }

    /** Which parameters decay; by default all. */
    public AdamBuilder<T> decays(Predicate<? super Parameter> which) {
        decays = which;
        return this;
    }

    /**
     * The optimizer.
     *
     * @param parameters trainable, of the scope's engine, each once
     * @param scope the owner of the state
     */
    public T build(List<Parameter> parameters, TensorScope scope) {
        return make.make(parameters, scope, this);
    }
}

package org.backpropaganda.autograd.optim;

import java.util.List;
import java.util.function.Predicate;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Configures {@link Adam} or {@link AdamW}. One builder may build for several models.
 *
 * @param <T> which of them
 */
public final class AdamBuilder<T extends Optimizer> {
    private final Make<T> make;
    final double learningRate;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double weightDecay;
    Predicate<? super Parameter> decays = parameter -> true;

    interface Make<T extends Optimizer> {
        T make(List<Parameter> parameters, TensorScope scope, AdamBuilder<T> builder);
    }

    AdamBuilder(double learningRate, double weightDecay, Make<T> make) {
        this.learningRate = Hyperparameters.notNegative("adam: learning rate", learningRate);
        this.weightDecay = weightDecay;
        this.make = make;
    }

    /** Decay rates of the first and second moment, within [0, 1); by default 0.9 and 0.999. */
    public AdamBuilder<T> betas(double first, double second) {
        beta1 = Hyperparameters.belowOne("adam: beta 1", first);
        beta2 = Hyperparameters.belowOne("adam: beta 2", second);
        return this;
    }

    /** Added to the root of the second moment, after its correction; by default 1e-8. */
    public AdamBuilder<T> epsilon(double value) {
        epsilon = Hyperparameters.notNegative("adam: epsilon", value);
        return this;
    }

    /** λ; by default 0 for {@link Adam} and 0.01 for {@link AdamW}. */
    public AdamBuilder<T> weightDecay(double value) {
        weightDecay = Hyperparameters.notNegative("adam: weight decay", value);
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

package org.backpropaganda.autograd.optim;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * Exponential moving averages of parameters, to evaluate with:
 *
 * <pre>
 * s ← β s + (1 − β) p         (s = p when built)
 * with warm-up, at update t   β (1 − βᵗ⁻¹) / (1 − βᵗ)  in place of β
 * state : s                   (bytes(p), OPTIMIZER)
 * </pre>
 *
 * <p>Warm-up corrects the bias to the values at the start: after t updates, the average has the weights {@code βᵗ⁻ⁱ} on the
 * values of update i, in proportion, and none on those before.
 *
 * <pre>{@code
 * optimizer.step(gradients);
 * average.update();
 * ...
 * try (WeightSwap averaged = average.swapIn()) {
 *     evaluate(model);
 * }
 * }</pre>
 *
 * Source: Kingma and Ba 2015, "Adam: A Method for Stochastic Optimization", § 7.2. Known gaps: buffers of modules, as
 * running statistics, are not averaged; in {@code FLOAT}, s stands still where it differs from p by less than about 6e-8 /
 * (1 − β) of its size.
 */
public final class WeightAverage implements AutoCloseable {
    private static final String NAME = "weight average";

    private final double decay;
    private final boolean warmUp;
    private final TensorScope scope;
    private final Map<Parameter, Tensor> averages = new LinkedHashMap<>();
    private long updates;
    private @Nullable WeightSwap swap;

    private WeightAverage(Builder choices, List<Parameter> parameters, TensorScope owner) {
        decay = choices.decay;
        warmUp = choices.warmUp;
        Hyperparameters.parameters(NAME, parameters, owner);
        scope = owner.child();
        try {
            for (Parameter parameter : parameters) {
                Tensor value = parameter.value();
                Tensor copy = OptimizerLedger.allocate(scope, parameter);
                averages.put(parameter, copy.copyFrom(value));
            }
        } catch (RuntimeException e) {
            scope.close();
            throw e;
        }
    }

    /**
     * Choices, by default no warm-up.
     *
     * @param decay β, within [0, 1)
     */
    public static Builder builder(double decay) {
        return new Builder(decay);
    }

    /** Configures {@link WeightAverage}. One builder may build for several models. */
    public static final class Builder {
        private final double decay;
        private boolean warmUp;

        private Builder(double decay) {
            this.decay = Hyperparameters.belowOne(NAME + ": decay", decay);
        }

        /** Lets the decay rise from 0, so that the values at the start have no weight. */
        public Builder warmUp() {
            warmUp = true;
            return this;
        }

        /**
         * The averages, which begin with the present values.
         *
         * @param parameters trainable, of the scope's engine, each once
         * @param scope the owner of the averages
         * @throws org.backpropaganda.autograd.tensor.MemoryBudgetException if there is no room for them
         */
        public WeightAverage build(List<Parameter> parameters, TensorScope scope) {
            return new WeightAverage(this, parameters, scope);
        }
    }

    /**
     * Takes in the values of the parameters, as after each step.
     *
     * @throws IllegalStateException after close, or while the averages stand in for the parameters
     */
    public void update() {
        checkUsable("update");
        updates++;
        double t = (double) updates;
        double keep = warmUp ? decay * (1 - Math.pow(decay, t - 1)) / (1 - Math.pow(decay, t)) : decay;
        averages.forEach((parameter, average) -> {
            if (keep == 0) {
                average.copyFrom(parameter.value());
            } else {
                approach(average, parameter.value(), 1 - keep);
            }
        });
    }

    /** Towards a value by a share of the difference: where they are equal, the average stays, however β is rounded. */
    private static void approach(Tensor average, Tensor value, double share) {
        HostLoop.run(1, FloatLoops.approach(share), DoubleLoops.approach(share), average, value);
        average.written(NAME);
    }

    /**
     * Exchanges the parameters' values with the averages, in place, until the result is closed; then every bit is back.
     * Nothing may train meanwhile.
     *
     * @throws IllegalStateException after close, or if the averages stand in already
     */
    public WeightSwap swapIn() {
        checkUsable("swap");
        WeightSwap opened = new WeightSwap(averages);
        swap = opened;
        return opened;
    }

    /**
     * The averages themselves, not copies, to be saved or filled.
     *
     * @throws IllegalStateException after close, or while the averages stand in for the parameters
     */
    public Map<Parameter, Tensor> averages() {
        checkUsable("averages");
        return Collections.unmodifiableMap(averages);
    }

    /** How often {@link #update()} was called. */
    public long updates() {
        return updates;
    }

    /**
     * Continues behind updates that were made elsewhere; {@link #averages()} are to be filled by the caller.
     *
     * @throws IllegalArgumentException if the count is negative
     * @throws IllegalStateException after close, or while the averages stand in for the parameters
     */
    public void resume(long updatesMade) {
        checkUsable("resume");
        if (updatesMade < 0) {
            throw new IllegalArgumentException(NAME + ": " + updatesMade + " updates are below 0");
        }
        updates = updatesMade;
    }

    private void checkUsable(String what) {
        if (scope.isClosed()) {
            throw new IllegalStateException(NAME + ": " + what + " after close");
        }
        if (swap != null && swap.isOpen()) {
            throw new IllegalStateException(NAME + ": " + what + " while the averages stand in for the parameters");
        }
    }

    /** Bytes of the averages. */
    public long stateBytes() {
        return scope.isClosed()
                ? 0
                : averages.values().stream().mapToLong(Tensor::bytes).sum();
    }

    /** Frees the averages; the parameters keep, or get back, their own values. */
    @Override
    public void close() {
        if (!scope.isClosed()) {
            if (swap != null) {
                swap.restore();
            }
            scope.close();
        }
    }
}

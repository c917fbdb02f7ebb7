package org.backpropaganda.reversible.abn;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.AxisMixing;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.RunningStatistics;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.BatchNormInference;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalisation and an activation in one buffer: x [..., C] → [..., C]. It overwrites its input where nobody else
 * holds it and saves its output alone, which the next layer saves too: the batch norm's input costs nothing. It is the
 * same function as the two layers, with the same parameters and running statistics.
 *
 * <pre>{@code
 * Module block = new Sequential(
 *         new Conv2d(factory, 64, 64, Window.square(3, 1, 1), false),
 *         new InPlaceAbn(factory, 64, 0.01),                        // leaky ReLU
 *         new Conv2d(factory, 64, 64, Window.square(3, 1, 1), false),
 *         InPlaceAbn.builder(factory, 64).activation(InvertibleActivation.identity()).build());
 * }</pre>
 *
 * <p><b>γ is used as it is.</b> Backward has x̂ = (y − β)/γ back from the output, which loses all where γ is 0, and |β|/|γ|
 * units of rounding elsewhere. So it is decided from γ and β before each step which channels come back well (|β|/|γ| up to 2⁷
 * in {@code FLOAT} and 2¹⁵ in {@code DOUBLE}, |γ| and the slope within 2^±40 and 2^±320): x̂ is then off by at most 2⁻¹³ of its
 * size or of 1, and 2⁻³⁴, and gradients likewise. Of the k others x̂ is saved beside the output, [rows, k], and a warning names
 * the layer once. If none come back, as with γ = 0 throughout, it saves what the two layers save. γ and β have no values where
 * a model is priced in an engine without memory: there {@link Builder#lostChannelsInShapeRuns} tells k.
 *
 * <p><b>ELU</b> makes −α of everything far below zero, whatever it was. Whether it does depends on activations, and only few
 * values a channel bound those: |x̂| ≤ √(m − 1) for m values. Unless γ, β and m show that all channels come back, the layer
 * saves what the two layers save, and nothing is gained. Mostly it is so; take leaky ReLU.
 *
 * <p><b>Where it saves nothing.</b> Where somebody else holds the input when it is called (a caller, a skip that will read it,
 * an op that saved it, as a sigmoid does), the output would be held beside it: then it saves what the two layers save, their
 * input, statistics and signs. Where nobody behind it saves its output, that stands in for the input: the signs alone are
 * gained, and lost channels are held beside it. {@link InPlaceReport} tells for each layer of a model. Evaluation, and
 * training with frozen statistics, save what the two layers save there.
 *
 * <p>Source: Rota Bulò et al. 2018, "In-Place Activated BatchNorm for Memory-Optimized Training of DNNs", § 3, variants I and II.
 * Deviation: γ = w, as in plain batch norm, where the authors' code has |w| + ε; {@link AuthorsWeights} converts.
 */
public final class InPlaceAbn extends UnaryModule implements AxisMixing {
    private final Parameter weight;
    private final Parameter bias;
    private final RunningStatistics statistics;
    private final AbnFunction function;

    /** How backward has what it needs from the output; both are the same function, up to rounding. */
    public enum Variant {
        /** Has x̂ back and differentiates as plain batch norm. */
        I,
        /** Writes the gradients in terms of y: three passes where I has two, without a division an element. */
        II
    }

    /** With leaky ReLU, parameters of its own, the usual epsilon and momentum. */
    public InPlaceAbn(ParameterFactory factory, long channels, double slope) {
        this(builder(factory, channels).activation(InvertibleActivation.leakyRelu(slope)));
    }

    private InPlaceAbn(Builder builder) {
        BatchNorm norm = builder.norm;
        weight = register("weight", norm.weight());
        bias = register("bias", norm.bias());
        statistics = norm.statistics();
        statistics.buffers().forEach(this::registerBuffer);
        function = new AbnFunction(
                weight,
                bias,
                statistics,
                norm.epsilon(),
                builder.activation,
                builder.variant,
                new Reconstruction(weight, bias, builder.activation, builder.lostInShapeRuns),
                new LayerWarning());
    }

    /** Takes the place of a batch norm and the activation behind it, with the same parameters and statistics. */
    public static InPlaceAbn fusing(BatchNorm norm, LeakyRelu activation) {
        return builder(norm)
                .activation(InvertibleActivation.leakyRelu(activation.slope()))
                .build();
    }

    /** To configure one with parameters of its own, the usual epsilon and momentum. */
    public static Builder builder(ParameterFactory factory, long channels) {
        return builder(new BatchNorm(factory, channels));
    }

    /** To configure one with the parameters, running statistics and epsilon of a batch norm. */
    public static Builder builder(BatchNorm norm) {
        return new Builder(norm);
    }

    /** Settings of one; by default variant I and leaky ReLU of slope 0.01, as in the authors' code. */
    public static final class Builder {
        private final BatchNorm norm;
        private InvertibleActivation activation = InvertibleActivation.leakyRelu(0.01);
        private Variant variant = Variant.I;
        private @Nullable Integer lostInShapeRuns;

        private Builder(BatchNorm norm) {
            if (norm.isRectified()) {
                throw new IllegalArgumentException(
                        "InPlaceAbn: the batch norm has a ReLU in it, which cannot be undone");
            }
            this.norm = norm;
        }

        /** What stands behind the norm. */
        public Builder activation(InvertibleActivation other) {
            activation = other;
            return this;
        }

        /** How it is differentiated. */
        public Builder variant(Variant other) {
            variant = other;
            return this;
        }

        /**
         * How many channels cannot be had back, for runs on shapes whose γ has no values; where it has, they are counted.
         * Without it none, and all behind ELU.
         *
         * @param count from 0 to the number of channels
         */
        public Builder lostChannelsInShapeRuns(int count) {
            Reconstruction.checkCount("InPlaceAbn", count, norm.weight());
            lostInShapeRuns = count;
            return this;
        }

        /** Makes it. */
        public InPlaceAbn build() {
            return new InPlaceAbn(this);
        }
    }

    /** The plain batch norm of its parameters and running statistics, which both have from now on; the activation is left out. */
    public BatchNorm toBatchNorm() {
        return BatchNorm.sharing(weight, bias, statistics, function.epsilon());
    }

    /** γ. */
    public Parameter weight() {
        return weight;
    }

    /** β. */
    public Parameter bias() {
        return bias;
    }

    /** What evaluation normalises by. */
    public RunningStatistics statistics() {
        return statistics;
    }

    /** Added to the variance. */
    public double epsilon() {
        return function.epsilon();
    }

    /** What stands behind the norm. */
    public InvertibleActivation activation() {
        return function.activation();
    }

    /**
     * Hears, instead of the system's logger, once that channels cannot be had back.
     *
     * @return this
     */
    public InPlaceAbn onWarning(Consumer<String> listener) {
        function.warning().listener(listener);
        return this;
    }

    /** Which channels cannot be had back, of so many values each. */
    LostChannels lost(long valuesOfAChannel) {
        return function.reconstruction().lost(valuesOfAChannel);
    }

    @Override
    public Optional<String> mixes(int axis, boolean batchStatistics) {
        return batchStatistics ? Optional.of("normalises by the statistics of the whole batch") : Optional.empty();
    }

    @Override
    protected Variable forward(Variable x) {
        Tape tape = x.tape();
        if (!tape.usesBatchStatistics()) {
            Variable normalised = tape.apply(
                    new BatchNormInference(function.epsilon()),
                    x,
                    tape.parameter(weight),
                    tape.parameter(bias),
                    tape.constant(statistics.mean()),
                    tape.constant(statistics.variance()));
            return function.activation().apply(normalised);
        }
        List<Variable> inputs = List.of(x, tape.parameter(weight), tape.parameter(bias));
        return tape.apply(new InPlaceAbnSegment(function), inputs).get(0);
    }
}

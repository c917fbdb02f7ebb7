package org.backpropaganda.reversible.abn;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.RunningStatistics;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.BatchNormInference;

/**
 * Batch normalisation and leaky ReLU in one buffer: x [..., C] → [..., C]. It overwrites its input where nobody else
 * holds it and saves its output alone, which the next layer saves too: the batch norm's input costs nothing. It is the
 * same function as the two layers, with the same parameters and running statistics.
 *
 * <p>It never holds more than the two layers. Where somebody else holds the input when it is called (a caller, a skip that
 * will read it, an op that saved it, as a sigmoid does), the output would be held beside it: then it saves what the two
 * layers save, their input, statistics and signs, and nothing is gained.
 *
 * <p>Source: Rota Bulò et al. 2018, "In-Place Activated BatchNorm for Memory-Optimized Training of DNNs", variant I.
 * Deviation: γ = w, as in plain batch norm, where the authors' code has |w| + ε; in training its magnitude is held at ε or
 * above, because the input could not be reconstructed otherwise.
 */
public final class InPlaceAbn extends UnaryModule {
    private final Parameter weight;
    private final Parameter bias;
    private final RunningStatistics statistics;
    private final double epsilon;
    private final double slope;

    /** With parameters of its own, the usual epsilon and momentum. */
    public InPlaceAbn(ParameterFactory factory, long channels, double slope) {
        this(new BatchNorm(factory, channels), slope);
    }

    private InPlaceAbn(BatchNorm norm, double slope) {
        if (!(slope > 0 && slope <= 1)) {
            throw new IllegalArgumentException("InPlaceAbn: slope " + slope
                    + " is not within (0, 1]: a rectifier that is not invertible loses what backward needs");
        }
        this.weight = register("weight", norm.weight());
        this.bias = register("bias", norm.bias());
        this.statistics = norm.statistics();
        this.epsilon = norm.epsilon();
        this.slope = slope;
        registerBuffer("running_mean", statistics.mean());
        registerBuffer("running_var", statistics.variance());
    }

    /** Takes the place of a batch norm and the activation behind it, with the same parameters and statistics. */
    public static InPlaceAbn fusing(BatchNorm norm, LeakyRelu activation) {
        if (norm.isRectified()) {
            throw new IllegalArgumentException("InPlaceAbn: the batch norm has a ReLU in it, which cannot be undone");
        }
        return new InPlaceAbn(norm, activation.slope());
    }

    @Override
    protected Variable forward(Variable x) {
        Tape tape = x.tape();
        if (!tape.usesBatchStatistics()) {
            Variable normalised = tape.apply(
                    new BatchNormInference(epsilon),
                    x,
                    tape.parameter(weight),
                    tape.parameter(bias),
                    tape.constant(statistics.mean()),
                    tape.constant(statistics.variance()));
            return org.backpropaganda.autograd.op.LeakyRelu.leakyReluInPlace(normalised, slope);
        }
        InPlaceAbnSegment segment = new InPlaceAbnSegment(new AbnFunction(weight, bias, statistics, epsilon, slope));
        List<Variable> inputs = List.of(x, tape.parameter(weight), tape.parameter(bias));
        return tape.apply(segment, inputs).get(0);
    }
}

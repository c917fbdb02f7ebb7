package org.backpropaganda.synthetic.predictor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * A predictor whose predictions come from a copy of it that follows slowly, so that what modules and other predictors learn from
 * stands still while it is being trained:
 *
 * <pre>
 * ĝ = M(h; φ')                 φ' of the copy, which no gradient changes
 * R of M(h; φ)                 trains φ
 * refreshed   φ' ← φ           in front of every n-th step, counted from 0, but for the first
 * averaged    φ' ← β φ' + (1 − β) φ    in front of every step but the first
 * </pre>
 *
 * <p>A step is a first call in training: what computes again counts nothing, and each part of a batch that is cut counts. The
 * number of steps is a buffer, {@code steps} []. Parameters are {@code online.…} and, frozen, {@code copy.…}; running
 * statistics are of the copy's and the trained one's own calls.
 *
 * <p>Cost: both run wherever one would.
 *
 * <pre>{@code
 * GradientPredictor predictor = TargetNetwork.refreshed(5, factory, made -> new LinearPredictor(made, 256, 10));
 * }</pre>
 *
 * <p>Source: Marschall, Cho and Savin 2020, "A Unified Framework of Online Learning Algorithms for Training Recurrent Neural
 * Networks", whose synthetic gradients bootstrap from weights that are renewed every few steps.
 */
public final class TargetNetwork extends GradientPredictor {
    private final GradientPredictor online;
    private final GradientPredictor copy;
    private final Tensor steps;
    private final int every;
    private final double decay;

    private TargetNetwork(
            int every, double decay, ParameterFactory factory, Function<ParameterFactory, GradientPredictor> make) {
        this.every = every;
        this.decay = decay;
        online = register("online", make.apply(factory));
        copy = register("copy", make.apply(factory));
        steps = registerBuffer("steps", factory.scope().zeros(Shape.of(), DType.INT, MemoryKind.PARAMETER));
        copy.freeze();
        if (steps.hasValues()) {
            follow(0);
        }
    }

    /**
     * A copy that takes over the weights every n steps.
     *
     * @param every n
     * @param make makes the predictor, and another one like it
     */
    public static TargetNetwork refreshed(
            int every, ParameterFactory factory, Function<ParameterFactory, GradientPredictor> make) {
        if (every < 1) {
            throw new IllegalArgumentException(
                    "TargetNetwork: refreshed every " + every + " steps; give a number of at least 1");
        }
        return new TargetNetwork(every, 0, factory, make);
    }

    /**
     * A copy that is an average of the weights so far.
     *
     * @param decay β, in [0, 1)
     * @param make makes the predictor, and another one like it
     */
    public static TargetNetwork averaged(
            double decay, ParameterFactory factory, Function<ParameterFactory, GradientPredictor> make) {
        if (!(decay >= 0 && decay < 1)) {
            throw new IllegalArgumentException("TargetNetwork: decay " + decay + " is not within [0, 1)");
        }
        return new TargetNetwork(1, decay, factory, make);
    }

    /** What is trained. */
    public GradientPredictor online() {
        return online;
    }

    /** What predicts. */
    public GradientPredictor copy() {
        return copy;
    }

    @Override
    public boolean isConditioned() {
        return online.isConditioned();
    }

    @Override
    public int streams() {
        return online.streams();
    }

    @Override
    public int results() {
        return streams() + online.results();
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        if (inputs.get(0).tape().isTraining()) {
            inputs.get(0).tape().onFirstRun(this::count);
        }
        List<Variable> predictions = copy.call(inputs);
        List<Variable> results = new ArrayList<>(predictions.subList(0, streams()));
        predictions.subList(streams(), predictions.size()).forEach(Variable::release);
        results.addAll(online.call(inputs));
        return results;
    }

    private void count() {
        int before = (int) steps.item();
        if (before > 0 && before % every == 0) {
            follow(decay);
        }
        steps.set(Math.addExact(before, 1));
    }

    private void follow(double keep) {
        List<Parameter> from = online.parameterList();
        List<Parameter> to = copy.parameterList();
        for (int i = 0; i < to.size(); i++) {
            Tensor value = to.get(i).value();
            HostLoop.blend(value, keep, 1 - keep, from.get(i).value());
            value.written("target network");
        }
    }

    /** Of what is trained, whatever the copy predicted. */
    @Override
    public List<Slope> slopes(List<Variable> results, List<Lesson> lessons) {
        List<Variable> own = results.subList(streams(), results.size());
        for (int i = 0; i < streams(); i++) {
            Lesson lesson = lessons.get(i);
            scale(own.get(i).value(), lesson.factor(), lesson.prediction());
        }
        return online.slopes(own, lessons);
    }
}

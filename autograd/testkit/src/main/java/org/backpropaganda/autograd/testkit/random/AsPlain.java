package org.backpropaganda.autograd.testkit.random;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.stream.DoubleStream;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * Holds a random model, arranged by its techniques, to plain backpropagation, as far as they promise: outputs, every
 * gradient, buffers; nothing is held when backward has ended, nor after a step that is abandoned; and a step on shapes alone
 * predicts the bytes.
 *
 * <pre>{@code
 * @Property
 * void myTechniqueIsAsPlain(@ForAll("models") RandomModel model) {
 *     AsPlain.check(model);
 * }
 *
 * @Provide
 * Arbitrary<RandomModel> models() {
 *     return RandomModels.of(Candidate.around("mine", Mine::new)).models();
 * }
 * }</pre>
 */
public final class AsPlain {
    /**
     * A gradient that cancels out (of a bias in front of a batch norm) is rounding itself: errors are measured by the norm
     * of the gradient, or by this part of the largest one in the step where that is more.
     */
    private static final double LEAST_PART = 0.01;

    private final Engine engine;
    private final RandomModel model;

    private AsPlain(Engine engine, RandomModel model) {
        this.engine = engine;
        this.model = model;
    }

    /**
     * Throws if the model is not as its techniques promise.
     *
     * @throws AssertionError that shows the model and what is wrong
     */
    public static void check(RandomModel model) {
        try (Engine engine = Engine.builder().threads(1).build()) {
            check(engine, model);
        }
    }

    /** The same on an engine that many models share. */
    public static void check(Engine engine, RandomModel model) {
        try (TensorScope scope = engine.scope("")) {
            new AsPlain(engine, model).check(scope);
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(model + "\n" + e, e);
        }
    }

    private void check(TensorScope scope) {
        ModelRun.Told plain;
        try (ModelRun run = run(scope, Building.Form.PLAIN)) {
            plain = run.step();
        }
        Set<Candidate> techniques = model.techniques();
        if (techniques.stream().anyMatch(Candidate::isRehearsed)) {
            TensorScope rehearsing = scope.child();
            Building building = Building.of(Building.Form.REHEARSAL, ModelRun.factory(model, rehearsing));
            try (ModelRun rehearsal = new ModelRun(engine, model, building, rehearsing)) {
                rehearsal.watched();
                TensorScope root = scope.child();
                ParameterFactory factory = ModelRun.factory(model, root);
                try (ModelRun run = new ModelRun(engine, model, building.rehearsed(factory), root)) {
                    checkArranged(run, plain, techniques);
                }
            }
        } else {
            try (ModelRun run = run(scope, Building.Form.ARRANGED)) {
                checkArranged(run, plain, techniques);
            }
        }
    }

    private ModelRun run(TensorScope scope, Building.Form form) {
        TensorScope root = scope.child();
        return new ModelRun(engine, model, Building.of(form, ModelRun.factory(model, root)), root);
    }

    private void checkArranged(ModelRun run, ModelRun.Told plain, Set<Candidate> techniques) {
        ModelRun.Told told = run.step();
        assertClose(told.values(), plain.values(), sum(techniques, t -> t.outputBound(model.dtype())));
        assertClose(told.gradients(), plain.gradients(), sum(techniques, t -> t.gradientBound(model.dtype())));
        run.abandonedStep();
        if (techniques.stream().allMatch(Candidate::isPredicted)) {
            run.assertBytesArePredicted();
        }
    }

    private static double sum(Set<Candidate> techniques, ToDoubleFunction<Candidate> bound) {
        return techniques.stream().mapToDouble(bound).sum();
    }

    private static void assertClose(
            Map<String, ? extends double @Nullable []> actual,
            Map<String, ? extends double @Nullable []> expected,
            double bound) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        double largest = expected.values().stream()
                .filter(Objects::nonNull)
                .mapToDouble(AsPlain::norm)
                .max()
                .orElse(0);
        expected.forEach((name, values) -> assertClose(name, actual.get(name), values, bound, LEAST_PART * largest));
    }

    private static void assertClose(
            String name, double @Nullable [] actual, double @Nullable [] expected, double bound, double least) {
        if (actual == null || expected == null || bound == 0) {
            assertThat(actual).as(name).isEqualTo(expected);
            return;
        }
        assertThat(actual).as(name).hasSameSizeAs(expected);
        double[] difference = new double[expected.length];
        for (int i = 0; i < difference.length; i++) {
            difference[i] = actual[i] - expected[i];
        }
        double scale = Math.max(norm(expected), least);
        if (bound < Double.POSITIVE_INFINITY && !(norm(difference) <= bound * scale)) {
            throw new AssertionError(name + ": differs by " + norm(difference) / scale + " of its norm, where " + bound
                    + " is promised");
        }
    }

    private static double norm(double[] values) {
        return Math.sqrt(DoubleStream.of(values).map(x -> x * x).sum());
    }
}

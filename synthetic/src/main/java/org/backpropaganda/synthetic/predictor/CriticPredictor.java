package org.backpropaganda.synthetic.predictor;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Mean;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Pow;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.op.Transpose;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Predicts the loss of an example, and of its gradient what the prediction's own gradient is: a function of h whose gradient is a
 * gradient. At each position p of an example
 *
 * <pre>
 * a₁ = tanh(W₁ h_p + b₁ + E[label])      a_l = tanh(W_l a_{l−1} + b_l)      v_p = w a_L + b
 * C(h, label) = mean over p of v_p       M_p = ∂v_p/∂h_p
 * R_value    = (1/B) Σ (C − loss)²
 * R_gradient = (1/P) Σ ‖M_p − P δ_p‖²
 * </pre>
 *
 * w and b are zero at first, and so are C and M. The gradient is computed by ops as the value is, so that it is trained through its
 * own derivatives and predicts where nothing records.
 *
 * <p>Called with {@code [h]} or {@code [h, labels]}, h [B, ..., C]; it returns M and C [B]. Where nobody knows the losses,
 * {@link #sobolev} learns from gradients alone, which leave a constant of C open, and {@link #ofValues} refuses.
 *
 * <pre>{@code
 * GradientPredictor critic = CriticPredictor.sobolev(factory, 256, 10, 1, 512);
 * }</pre>
 *
 * <p>Source: Czarnecki et al. 2017, "Understanding Synthetic Gradients and Decoupled Neural Interfaces", and "Sobolev
 * Training for Neural Networks" for R_value + R_gradient. Deviation: tanh, which has derivatives of every order.
 */
public final class CriticPredictor extends GradientPredictor {
    private static final List<Layout> LAYOUTS = List.of(Layout.values());

    private final long channels;
    private final int classes;
    private final int width;
    private final boolean matchesGradients;
    private final List<Linear> layers = new ArrayList<>();
    private final @Nullable Linear vectors;
    private final Linear value;

    private CriticPredictor(
            ParameterFactory factory, long channels, int classes, int layers, int width, boolean matchesGradients) {
        if (layers < 1 || width < 1 || classes < 0) {
            throw new IllegalArgumentException("CriticPredictor: " + layers + " hidden layers of width " + width + ", "
                    + classes + " classes; give at least one layer of at least one unit, and no classes to predict"
                    + " without labels");
        }
        this.channels = channels;
        this.classes = classes;
        this.width = width;
        this.matchesGradients = matchesGradients;
        for (int i = 0; i < layers; i++) {
            this.layers.add(register("linear" + i, new Linear(factory, i == 0 ? channels : width, width, true)));
        }
        vectors = classes == 0
                ? null
                : register("labels", new Linear(factory, classes, width, false, Initializer.heNormal()));
        value = register("value", new Linear(factory, width, 1, true, Initializer.zeros()));
    }

    /**
     * Learns the losses, where somebody knows them, and the gradients: R_value + R_gradient.
     *
     * @param classes 0 to predict without labels
     * @param layers L
     * @param width of each
     */
    public static CriticPredictor sobolev(ParameterFactory factory, long channels, int classes, int layers, int width) {
        return new CriticPredictor(factory, channels, classes, layers, width, true);
    }

    /**
     * Learns the losses alone: R_value. Its gradients are poor guesses, as the authors report.
     *
     * @param classes 0 to predict without labels
     * @param layers L
     * @param width of each
     */
    public static CriticPredictor ofValues(
            ParameterFactory factory, long channels, int classes, int layers, int width) {
        return new CriticPredictor(factory, channels, classes, layers, width, false);
    }

    /** Whether it learns gradients, beside losses where these are known. */
    public boolean matchesGradients() {
        return matchesGradients;
    }

    @Override
    public boolean isConditioned() {
        return vectors != null;
    }

    @Override
    public int results() {
        return 2;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Variable h = inputs.get(0);
        Layout.require(describe(), LAYOUTS, channels, h.spec());
        List<Variable> activations = new ArrayList<>();
        Variable below = h;
        for (Linear layer : layers) {
            Variable z = layer.call(below);
            if (below == h && vectors != null) {
                z = Labels.add(describe(), z, inputs.get(1), h.shape(), vectors, classes, width);
            }
            below = Tanh.tanh(z);
            z.release();
            activations.add(below);
        }
        Variable perPosition = value.call(below);
        int positionAxes = h.shape().rank() - 2;
        Variable mean = positionAxes == 0
                ? perPosition
                : Mean.mean(perPosition, IntStream.rangeClosed(1, positionAxes).toArray());
        return List.of(gradient(activations), Reshape.reshape(mean, h.shape().dim(0)));
    }

    /** M, from the last layer to the first. */
    private Variable gradient(List<Variable> activations) {
        int last = layers.size() - 1;
        Variable d = Multiply.multiply(
                slope(activations.get(last)), activations.get(last).tape().parameter(value.weight()));
        for (int l = last; l >= 0; l--) {
            Variable weight = d.tape().parameter(layers.get(l).weight());
            d = org.backpropaganda.autograd.op.Linear.linear(d, Transpose.transpose(weight, 1, 0));
            if (l > 0) {
                d = Multiply.multiply(d, slope(activations.get(l - 1)));
            }
        }
        return d;
    }

    /** Of the tangent that gave an activation: {@code 1 − a²}. */
    private static Variable slope(Variable activation) {
        return Scale.scale(Pow.pow(activation, 2), -1, 1);
    }

    @Override
    public List<Slope> slopes(List<Variable> results, List<Lesson> lessons) {
        Lesson lesson = lessons.get(0);
        List<Slope> slopes = new ArrayList<>();
        if (matchesGradients) {
            slopes.addAll(super.slopes(results, lessons));
        }
        Variable values = results.get(1);
        if (values.requiresGradient() && (lesson.losses() != null || !matchesGradients)) {
            double positions = (double) lesson.target().elements() / channels;
            slopes.add(new Slope(values, ofValues(values, lesson, positions)));
        }
        return slopes;
    }

    /** {@code 2 (C − loss) / B}, times the share of the step. */
    private static Tensor ofValues(Variable values, Lesson lesson, double positions) {
        Tensor slope = values.tape().scope().allocate(values.shape(), values.dtype());
        if (!slope.hasValues()) {
            return slope;
        }
        Tensor losses = lesson.losses();
        if (losses == null || !losses.shape().equals(values.shape())) {
            throw new IllegalStateException("CriticPredictor: learns the losses of " + values.shape()
                    + " examples, but was told " + (losses == null ? "none" : "those of " + losses.spec())
                    + "; tell them, or let it learn from gradients too");
        }
        double[] errors = values.value().toDoubles();
        double[] told = losses.toDoubles();
        double factor = 2 * lesson.factor() * positions / errors.length;
        for (int b = 0; b < errors.length; b++) {
            errors[b] = factor * (errors[b] - told[b]);
        }
        return slope.set(errors);
    }
}

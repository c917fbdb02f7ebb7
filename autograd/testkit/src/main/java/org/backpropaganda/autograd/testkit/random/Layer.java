package org.backpropaganda.autograd.testkit.random;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv1d;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.RmsNorm;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.Shape;

/** Blocks of one layer, the simplest first. */
public enum Layer implements Block {
    SCALE,
    TANH,
    LINEAR,
    SIGMOID,
    GELU,
    /** A rectifier of something that is zero by chance only. */
    DENSE_RELU,
    /** A linear layer of which the bias alone is trained. */
    FROZEN,
    /** A convolution over positions, where there are any. */
    MIX,
    DROPOUT,
    LAYER_NORM,
    RMS_NORM,
    /** Of two values a channel at least: one alone has no variance, and is left as it is. */
    BATCH_NORM,
    RELU,
    RELU_IN_PLACE,
    LEAKY_RELU_IN_PLACE;

    /** Of all norms: large, so that channels of equal values, frequent where shapes are tiny, do not blow up rounding. */
    private static final double EPSILON = 0.1;

    private static final Set<Layer> KINKED = EnumSet.of(RELU, RELU_IN_PLACE, LEAKY_RELU_IN_PLACE);

    /** A batch norm whose epsilon suits tiny shapes. */
    public static BatchNorm batchNorm(ParameterFactory factory, Shape shape) {
        return new BatchNorm(factory, shape.dim(-1), EPSILON, BatchNorm.MOMENTUM);
    }

    private static Module linear(ParameterFactory factory, Shape shape) {
        return new Linear(factory, shape.dim(-1), shape.dim(-1), true);
    }

    private static Module mix(ParameterFactory factory, Shape shape) {
        long channels = shape.dim(-1);
        return switch (shape.rank()) {
            case 3 -> new Conv1d(factory, channels, channels, 3, 1, true);
            case 4 -> new Conv2d(factory, channels, channels, Window.square(3, 1, 1), false);
            default -> new Linear(factory, channels, channels, false);
        };
    }

    /** A linear layer of which the bias alone is trained. */
    private static final class HalfFrozen extends UnaryModule {
        private final Parameter weight;
        private final Parameter bias;

        HalfFrozen(ParameterFactory factory, long width) {
            Parameter drawn = factory.create(Shape.of(width, width), Initializer.ones());
            weight = register("weight", Parameter.frozen(drawn.value()));
            bias = register("bias", factory.create(Shape.of(width), Initializer.zeros()));
        }

        @Override
        protected Variable forward(Variable x) {
            return org.backpropaganda.autograd.op.Linear.linear(
                    x, x.tape().parameter(weight), x.tape().parameter(bias));
        }
    }

    /** All layers whose derivative is continuous, and rectifiers of what is zero by chance only. */
    static List<Layer> withoutKinks() {
        return Arrays.stream(values()).filter(layer -> !KINKED.contains(layer)).toList();
    }

    @Override
    public Module build(Building building, Shape shape) {
        ParameterFactory factory = building.factory();
        long channels = shape.dim(-1);
        return switch (this) {
            case SCALE -> new Activation(x -> Scale.scale(x, 0.5));
            case TANH -> Activation.tanh();
            case LINEAR -> linear(factory, shape);
            case SIGMOID -> Activation.sigmoid();
            case GELU -> Activation.gelu();
            case DENSE_RELU -> new Sequential(linear(factory, shape), Activation.reluInPlace());
            case FROZEN -> new HalfFrozen(factory, channels);
            case MIX -> mix(factory, shape);
            case DROPOUT -> new Dropout(0.4);
            case LAYER_NORM -> new LayerNorm(factory, Shape.of(channels), EPSILON);
            case RMS_NORM -> new RmsNorm(factory, channels, EPSILON);
            case BATCH_NORM -> shape.elements() > channels ? batchNorm(factory, shape) : new Sequential();
            case RELU -> Activation.relu();
            case RELU_IN_PLACE -> Activation.reluInPlace();
            case LEAKY_RELU_IN_PLACE -> LeakyRelu.inPlace(0.2);
        };
    }

    @Override
    public Set<Feature> features() {
        return switch (this) {
            case DENSE_RELU, RELU_IN_PLACE, LEAKY_RELU_IN_PLACE -> Set.of(Feature.IN_PLACE);
            case FROZEN -> Set.of(Feature.FROZEN);
            case DROPOUT -> Set.of(Feature.DROPOUT);
            case LAYER_NORM, RMS_NORM -> Set.of(Feature.POSITION_NORM);
            case BATCH_NORM -> Set.of(Feature.BATCH_NORM);
            case SCALE, TANH, LINEAR, SIGMOID, GELU, MIX, RELU -> Set.of();
        };
    }

    /** The simplest layers. */
    @Override
    public List<Block> smaller() {
        return Stream.of(SCALE, TANH, LINEAR)
                .filter(simple -> simple.compareTo(this) < 0)
                .map(Block.class::cast)
                .toList();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}

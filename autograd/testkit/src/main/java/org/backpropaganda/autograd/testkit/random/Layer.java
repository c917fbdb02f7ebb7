package org.backpropaganda.autograd.testkit.random;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
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
    SCALE((factory, shape) -> new Activation(x -> Scale.scale(x, 0.5))),
    TANH((factory, shape) -> Activation.tanh()),
    LINEAR((factory, shape) -> linear(factory, shape)),
    SIGMOID((factory, shape) -> Activation.sigmoid()),
    GELU((factory, shape) -> Activation.gelu()),
    /** A rectifier of something that is zero by chance only. */
    DENSE_RELU((factory, shape) -> new Sequential(linear(factory, shape), Activation.reluInPlace()), Feature.IN_PLACE),
    FROZEN((factory, shape) -> new HalfFrozen(factory, shape.dim(-1)), Feature.FROZEN),
    /** A convolution over positions, where there are any. */
    MIX(Layer::mix),
    DROPOUT((factory, shape) -> new Dropout(0.4), Feature.DROPOUT),
    LAYER_NORM((factory, shape) -> new LayerNorm(factory, Shape.of(shape.dim(-1)), Layer.epsilon()), Feature.POSITION_NORM),
    RMS_NORM((factory, shape) -> new RmsNorm(factory, shape.dim(-1), Layer.epsilon()), Feature.POSITION_NORM),
    /** Of two values a channel at least: one alone has no variance, and is left as it is. */
    BATCH_NORM(
            (factory, shape) ->
                    shape.elements() > shape.dim(-1) ? batchNorm(factory, shape) : new Sequential(),
            Feature.BATCH_NORM),
    RELU((factory, shape) -> Activation.relu()),
    RELU_IN_PLACE((factory, shape) -> Activation.reluInPlace(), Feature.IN_PLACE),
    LEAKY_RELU_IN_PLACE((factory, shape) -> LeakyRelu.inPlace(0.2), Feature.IN_PLACE);

    private static final Set<Layer> KINKED = EnumSet.of(RELU, RELU_IN_PLACE, LEAKY_RELU_IN_PLACE);

    private final Maker maker;
    private final Set<Feature> features;

    private interface Maker {
        Module make(ParameterFactory factory, Shape shape);
    }

    Layer(Maker maker, Feature... features) {
        this.maker = maker;
        this.features = Set.of(features);
    }

    /** Of all norms: large, so that channels of equal values, which are frequent where shapes are tiny, do not blow up rounding. */
    private static double epsilon() {
        return 0.1;
    }

    /** A batch norm whose epsilon suits tiny shapes. */
    public static BatchNorm batchNorm(ParameterFactory factory, Shape shape) {
        return new BatchNorm(factory, shape.dim(-1), epsilon(), BatchNorm.MOMENTUM);
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
        return maker.make(building.factory(), shape);
    }

    @Override
    public Set<Feature> features() {
        return features;
    }

    /** The simplest layers. */
    @Override
    public List<Block> smaller() {
        return List.of(SCALE, TANH, LINEAR).stream()
                .filter(simple -> simple.compareTo(this) < 0)
                .map(Block.class::cast)
                .toList();
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}

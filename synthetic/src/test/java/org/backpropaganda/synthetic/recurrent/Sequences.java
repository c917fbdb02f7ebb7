package org.backpropaganda.synthetic.recurrent;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Gru;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Lstm;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.RecurrentModule;
import org.backpropaganda.autograd.nn.RecurrentSettings;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.MeanSquaredError;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.predictor.GradientPredictor;
import org.jspecify.annotations.Nullable;

/** A recurrent model with a head, and sequences to be run whole or in windows. */
final class Sequences implements AutoCloseable {
    static final int INPUTS = 3;
    static final int OUTPUTS = 2;

    final Engine engine = Engine.builder().threads(1).build();
    final TensorScope root = engine.scope("");
    final ParameterFactory factory;
    final RecurrentModule module;
    final Linear head;
    final int batch;
    final int steps;
    final DType dtype;

    /** By which losses are smaller. */
    double factor = 1;

    /** What the layer is. */
    enum Layer {
        LSTM,
        GRU,
        LSTM_OF_TWO,
        GRU_OF_TWO;

        RecurrentModule make(ParameterFactory factory, long width) {
            RecurrentSettings settings = RecurrentSettings.layers(name().endsWith("TWO") ? 2 : 1);
            return name().startsWith("LSTM")
                    ? new Lstm(factory, INPUTS, width, settings)
                    : new Gru(factory, INPUTS, width, settings);
        }
    }

    Sequences(Layer layer, DType dtype, long width, int batch, int steps) {
        this.dtype = dtype;
        this.batch = batch;
        this.steps = steps;
        factory = new ParameterFactory(root, dtype, 5);
        module = layer.make(factory, width);
        head = new Linear(factory, width, OUTPUTS, true);
    }

    @Override
    public void close() {
        engine.close();
    }

    /** Of the model alone. */
    Map<String, Parameter> parameters() {
        Map<String, Parameter> all = new LinkedHashMap<>();
        module.parameters().forEach((name, parameter) -> all.put("layer." + name, parameter));
        head.parameters().forEach((name, parameter) -> all.put("head." + name, parameter));
        return all;
    }

    List<Parameter> parameterList() {
        return List.copyOf(parameters().values());
    }

    RecurrentLearner learner(RecurrentMethod method) {
        return new RecurrentLearner(method, module.zeroState(root, batch), new ParameterFactory(root, dtype, 9));
    }

    RecurrentLearner learner(RecurrentMethod method, GradientPredictor predictor) {
        return new RecurrentLearner(
                method, module.zeroState(root, batch), new ParameterFactory(root, dtype, 9), predictor);
    }

    /** Numbers of a window, the same for each {@code copies}-th part of the batch. */
    Tensor values(TensorScope scope, long seed, int channels, int copies) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] all = new double[steps * batch * channels];
        int own = batch / copies;
        for (int t = 0; t < steps; t++) {
            for (int i = 0; i < own * channels; i++) {
                double value = random.nextDouble(-1, 1);
                for (int copy = 0; copy < copies; copy++) {
                    all[(t * batch + copy * own) * channels + i] = value;
                }
            }
        }
        return scope.allocate(Shape.of(steps, batch, channels), dtype, MemoryKind.INPUT)
                .set(all);
    }

    /** A window: its loss is a mean over the batch, summed over the steps. */
    Unrolled unroll(WindowEntry entry, int window) {
        return unroll(entry, window, 1);
    }

    Unrolled unroll(WindowEntry entry, int window, int copies) {
        Tape tape = entry.tape();
        Tensor x = values(tape.scope(), 100 + window, INPUTS, copies);
        Tensor y = values(tape.scope(), 900 + window, OUTPUTS, copies);
        List<Variable> results = module.call(entry.with(tape.constant(x)));
        Variable error = MeanSquaredError.meanSquaredError(head.call(results.get(0)), tape.constant(y));
        return new Unrolled(Scale.scale(error, factor * steps), results);
    }

    boolean[] none() {
        return new boolean[batch];
    }

    boolean[] all() {
        boolean[] ended = new boolean[batch];
        Arrays.fill(ended, true);
        return ended;
    }

    /** The end of a sequence behind its last window. */
    boolean[] ended(int window, int windows) {
        return window == windows - 1 ? all() : none();
    }

    WindowStep step(RecurrentLearner learner, TensorScope scope, int window, boolean... ended) {
        return learner.step(scope, window, ended, entry -> unroll(entry, window));
    }

    /** Gradients by name; those that did not come are absent. */
    static Map<String, double[]> values(Map<String, Parameter> parameters, Gradients gradients) {
        Map<String, double[]> values = new LinkedHashMap<>();
        parameters.forEach((name, parameter) -> {
            Tensor gradient = gradients.of(parameter);
            if (gradient != null) {
                values.put(name, gradient.toDoubles());
            }
        });
        return values;
    }

    static Map<String, double[]> sum(Map<String, double[]> a, Map<String, double[]> b) {
        Map<String, double[]> sums = new LinkedHashMap<>(b);
        a.forEach((name, values) -> sums.merge(name, values, (x, y) -> {
            double[] both = x.clone();
            for (int i = 0; i < both.length; i++) {
                both[i] += y[i];
            }
            return both;
        }));
        return sums;
    }

    /** The gradients of all windows of a sequence, added. */
    Map<String, double[]> windows(RecurrentLearner learner, int windows) {
        Map<String, double[]> total = Map.of();
        for (int window = 0; window < windows; window++) {
            try (TensorScope scope = root.child();
                    WindowStep step = step(learner, scope, window, ended(window, windows))) {
                total = sum(total, values(parameters(), step.gradients()));
            }
        }
        return total;
    }

    /** What backpropagation through all windows from one on gives. */
    record Full(Map<String, double[]> gradients, List<double[]> entry) {}

    /**
     * Backpropagation through time.
     *
     * @param from the first window that is differentiated
     */
    Full full(int from, int windows) {
        try (TensorScope scope = root.child();
                Tape silent = Tape.inference(scope);
                Tape tape = Tape.training(scope, 0)) {
            List<Variable> before = start(silent);
            for (int window = 0; window < from; window++) {
                before = unroll(new WindowEntry(silent, before), window).states();
            }
            List<Variable> entry =
                    before.stream().map(state -> tape.leaf(state.value())).toList();
            List<Variable> states = entry;
            Variable total = null;
            for (int window = from; window < windows; window++) {
                Unrolled unrolled = unroll(new WindowEntry(tape, states), window);
                total = total == null ? unrolled.loss() : Add.add(total, unrolled.loss());
                states = unrolled.states();
            }
            return differentiated(tape, Objects.requireNonNull(total), entry);
        }
    }

    private List<Variable> start(Tape tape) {
        return module.zeroState(root, batch).tensors().stream()
                .map(tape::constant)
                .toList();
    }

    private Full differentiated(Tape tape, Variable loss, List<Variable> entry) {
        try (Gradients gradients = tape.backward(loss)) {
            return new Full(
                    values(parameters(), gradients),
                    entry.stream().map(each -> tape.gradient(each).toDoubles()).toList());
        }
    }

    /** States [L, B, H] of numbers, side by side for each example. */
    double[] rows(List<double[]> states) {
        int each = states.get(0).length / batch;
        int width = (int) module.zeroState(root, 1).tensors().get(0).shape().dim(2);
        int layers = each / width;
        int features = each * states.size();
        double[] rows = new double[batch * features];
        for (int s = 0; s < states.size(); s++) {
            double[] state = states.get(s);
            for (int l = 0; l < layers; l++) {
                for (int b = 0; b < batch; b++) {
                    for (int h = 0; h < width; h++) {
                        rows[b * features + s * each + l * width + h] = state[(l * batch + b) * width + h];
                    }
                }
            }
        }
        return rows;
    }

    static double[] flat(Collection<double[]> values) {
        return values.stream().flatMapToDouble(Arrays::stream).toArray();
    }

    static double distance(Map<String, double[]> a, Map<String, double[]> b) {
        double[] x = flat(a.values());
        double[] y = flat(b.values());
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < y.length; i++) {
            difference += (x[i] - y[i]) * (x[i] - y[i]);
            norm += y[i] * y[i];
        }
        return Math.sqrt(difference / norm);
    }

    /** Predicts what it was told, one after the other, in units of one position; learns nothing. */
    static final class Told extends GradientPredictor {
        private final List<double[]> rows = new ArrayList<>();
        private int next;

        Told(Stream<double[]> perPosition) {
            perPosition.forEach(rows::add);
        }

        @Override
        public boolean isConditioned() {
            return false;
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Variable h = inputs.get(0);
            Tape tape = h.tape();
            return List.of(
                    tape.constant(tape.scope().allocate(h.shape(), h.dtype()).set(rows.get(next++ % rows.size()))));
        }
    }

    /** The true gradients at the exits of all windows but the last. */
    Told oracle(int windows) {
        return new Told(Stream.iterate(1, w -> w + 1).limit(windows - 1L).map(window -> {
            double[] rows = rows(full(window, windows).entry());
            for (int i = 0; i < rows.length; i++) {
                rows[i] *= batch;
            }
            return rows;
        }));
    }

    /** Gives parameters values that are not zero. */
    static void randomize(Collection<Parameter> parameters, double most) {
        SplittableRandom random = new SplittableRandom(23);
        parameters.forEach(parameter -> parameter
                .value()
                .set(random.doubles(parameter.value().elements(), -most, most).toArray()));
    }

    /** Of the model, or of what is trained beside it. */
    static double @Nullable [] of(WindowStep step, Parameter parameter) {
        Tensor gradient = step.gradients().of(parameter);
        Tensor ofPredictor = step.ofPredictor().of(parameter);
        Tensor found = gradient != null ? gradient : ofPredictor;
        return found == null ? null : found.toDoubles();
    }
}

package org.backpropaganda.synthetic.recurrent;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.io.TrainingState;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.RecurrentState;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Expand;
import org.backpropaganda.autograd.op.MeanSquaredError;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.predictor.GradientPredictor;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.jspecify.annotations.Nullable;

/**
 * Trains a recurrent model window by window of long sequences: values are carried from a window to the next, and in place of
 * the gradient that the next would send back comes a predicted one. What it holds does not grow with the sequence.
 *
 * <pre>{@code
 * RecurrentLearner learner = new RecurrentLearner(RecurrentMethod.dni(), lstm.zeroState(root, batch), factory);
 * Optimizer ofPredictor = Adam.builder(1e-3).build(learner.parameters(), root);
 * for (Tensor x : windows) {
 *     try (TensorScope scope = root.child();
 *             WindowStep step = learner.step(scope, seed, ended, entry -> {
 *                 List<Variable> results = lstm.call(entry.with(entry.tape().constant(x)));
 *                 return new Unrolled(loss(results.get(0)), results);
 *             })) {
 *         optimizer.step(step.gradients());
 *         ofPredictor.step(step.ofPredictor());
 *     }
 * }
 * }</pre>
 *
 * <p>Where an example's sequence ends with a window, the gradient at its exit is 0, and its next window begins with a state of
 * zeros; from zeros nothing is learned by the predictor, since no window ends there. The layer must return states that have
 * gradients: not those of {@link org.backpropaganda.autograd.nn.RecurrentSettings#withConstantStates}. One thread.
 *
 * <p>Bytes between steps: the states; for traces B · D · |φ| numbers of kind {@code OPTIMIZER}, D the features of all states
 * of an example together, |φ| = D (D + 1).
 *
 * <p>Deviations from the papers: the predictor is in units of one position, as {@link GradientPredictor} tells, and so are the
 * δ of the traces; the auxiliary head says at each step of a window what is predicted at its exit, since what is predicted one
 * window further on is not known while the window's graph is there.
 */
public final class RecurrentLearner {
    private final RecurrentMethod method;
    private final StateLayout layout;
    private final List<Tensor> states;
    private final Tensor carried;
    private final @Nullable GradientPredictor predictor;
    private final @Nullable Linear auxiliary;
    private final @Nullable Traces traces;

    /**
     * A learner at the start of sequences, with the predictor of its method.
     *
     * @param like states of the batch, as {@link org.backpropaganda.autograd.nn.RecurrentModule#zeroState} gives them. Shapes
     *     alone are taken
     * @param factory of what is trained beside the model; its scope owns what is carried, too
     * @throws IllegalArgumentException if traces would take more than 2 GiB; the message tells of what
     */
    public RecurrentLearner(RecurrentMethod method, RecurrentState like, ParameterFactory factory) {
        this(method, like, factory, predictorOf(method, layoutOf(like), factory));
    }

    /**
     * A learner at the start of sequences, with a predictor of one's own, called with [h], h [B, D] the states side by side.
     *
     * @param predictor not conditioned; a {@link LinearPredictor} of D channels where the method has traces
     */
    public RecurrentLearner(
            RecurrentMethod method,
            RecurrentState like,
            ParameterFactory factory,
            @Nullable GradientPredictor predictor) {
        this.method = method;
        this.layout = layoutOf(like);
        this.predictor = predictor;
        if (method.predicts() != (predictor != null) || (predictor != null && predictor.isConditioned())) {
            throw new IllegalArgumentException(method.name() + ": "
                    + (method.predicts() ? "takes a predictor without labels" : "predicts nothing; give no predictor"));
        }
        TensorScope scope = factory.scope();
        if (method.decay().isEmpty()) {
            traces = null;
        } else if (predictor instanceof LinearPredictor linear) {
            traces = new Traces(layout, linear, scope);
        } else {
            throw new IllegalArgumentException(method.name() + ": traces are of a LinearPredictor, got " + predictor);
        }
        states = layout.states(scope, MemoryKind.INPUT);
        carried = scope.zeros(Shape.of(layout.batch()), layout.dtype(), MemoryKind.INPUT);
        auxiliary = method.auxiliary() > 0
                ? new Linear(factory, layout.width(), layout.features(), true, Initializer.zeros())
                : null;
        modules()
                .forEach((name, module) ->
                        module.parameters().forEach((path, parameter) -> parameter.named(name + "." + path)));
    }

    private static StateLayout layoutOf(RecurrentState like) {
        return StateLayout.of(like.tensors().stream().map(Tensor::spec).toList());
    }

    private static @Nullable GradientPredictor predictorOf(
            RecurrentMethod method, StateLayout layout, ParameterFactory factory) {
        if (!method.predicts()) {
            return null;
        }
        return method.decay().isPresent()
                ? new LinearPredictor(factory, layout.features())
                : new StatePredictor(factory, layout.features(), layout.width());
    }

    /** What it trains beside the model, by name: {@code predictor} and {@code auxiliary}, where there are such. */
    public Map<String, Module> modules() {
        Map<String, Module> modules = new LinkedHashMap<>();
        if (predictor != null) {
            modules.put("predictor", predictor);
        }
        if (auxiliary != null) {
            modules.put("auxiliary", auxiliary);
        }
        return modules;
    }

    /** What it trains beside the model, for an optimizer. */
    public List<Parameter> parameters() {
        return modules().values().stream()
                .flatMap(module -> module.parameterList().stream())
                .toList();
    }

    /** What the next window begins with: states [L, B, H]. Not to be modified. */
    public List<Tensor> states() {
        return states;
    }

    /** The state of a run with what the learner trains and carries in it. */
    public TrainingState in(TrainingState state) {
        TrainingState all = state;
        for (Map.Entry<String, Module> entry : modules().entrySet()) {
            all = all.withModule(entry.getKey(), entry.getValue());
        }
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        for (int i = 0; i < states.size(); i++) {
            tensors.put("state." + i, states.get(i));
        }
        tensors.put("carried", carried);
        if (traces != null) {
            tensors.put("traces", traces.tensor());
        }
        return all.withTensors("recurrent", tensors);
    }

    /** Begins every sequence anew, whatever was before. */
    public void reset() {
        states.forEach(Tensor::zero);
        carried.zero();
        if (traces != null) {
            traces.tensor().zero();
        }
    }

    /**
     * Runs and differentiates a window, and carries the states on.
     *
     * @param scope the owner of the gradients
     * @param seed of the random numbers that modules draw
     * @param ended for each example whether its sequence ends with the window
     * @param unroll computes the window on the tape that it is given
     * @return its loss and the gradients, to be closed by the caller
     * @throws IllegalStateException if an exit's state is a constant, through which no gradient could be sent
     */
    public WindowStep step(TensorScope scope, long seed, boolean[] ended, Function<WindowEntry, Unrolled> unroll) {
        if (ended.length != layout.batch()) {
            throw new IllegalArgumentException(method.name() + ": " + ended.length
                    + " examples that end or do not, for a" + " batch of " + layout.batch());
        }
        Gradients gradients = new Gradients(scope);
        Gradients ofPredictor = new Gradients(scope);
        double loss;
        try (TensorScope work = scope.child()) {
            List<Tensor> next;
            Learned learned = null;
            try (Tape tape = Tape.builder(work).seed(seed).gradients(gradients).build()) {
                List<Variable> entries = states.stream()
                        .map(predictor == null ? tape::constant : tape::leaf)
                        .toList();
                Unrolled unrolled = unroll.apply(new WindowEntry(tape, entries));
                check(unrolled);
                loss = unrolled.loss().value().item();
                next = copies(unrolled.states(), work);
                if (predictor != null) {
                    learned = differentiate(work, tape, gradients, entries, unrolled, next, ended);
                } else if (unrolled.loss().requiresGradient()) {
                    tape.backward(unrolled.loss());
                }
            }
            if (learned != null) {
                learn(learned, ofPredictor, work);
            }
            carry(next, ended);
        }
        return new WindowStep(loss, gradients, ofPredictor);
    }

    /**
     * What a window gives the predictor to learn.
     *
     * @param target of the prediction at the entry [B, D]
     * @param jacobian of the exit by the entry [B, D, D]; null where no traces go on
     */
    private record Learned(Tensor target, @Nullable Tensor jacobian) {}

    private void check(Unrolled unrolled) {
        List<Variable> exits = unrolled.states();
        if (exits.size() != states.size()
                || exits.stream().anyMatch(exit -> !exit.spec().equals(layout.state()))) {
            throw new ShapeException(method.name() + ": the exit's states are "
                    + exits.stream().map(Variable::spec).toList() + ", the entry's " + states.size() + " of "
                    + layout.state() + "; return y and the states that the module returned");
        }
        for (int i = 0; predictor != null && i < exits.size(); i++) {
            if (!exits.get(i).requiresGradient()) {
                throw new IllegalStateException(
                        method.name() + ": state " + i + " at the exit of the window is a constant,"
                                + " so no predicted gradient can enter there; make the layer without constant states");
            }
        }
    }

    private static List<Tensor> copies(List<Variable> exits, TensorScope scope) {
        List<Tensor> copies = new ArrayList<>();
        for (Variable exit : exits) {
            copies.add(scope.allocate(exit.shape(), exit.dtype()).copyFrom(exit.value()));
        }
        return copies;
    }

    private Learned differentiate(
            TensorScope work,
            Tape tape,
            Gradients gradients,
            List<Variable> entries,
            Unrolled unrolled,
            List<Tensor> exits,
            boolean[] ended) {
        boolean live = !all(ended);
        Tensor perPosition =
                live ? predict(exits, ended, work) : layout.rows(work).zero();
        Variable loss = unrolled.loss();
        if (auxiliary != null) {
            loss = Add.add(loss, auxiliaryLoss(unrolled.y(), tape.constant(perPosition)));
        }
        WindowBackward backward = new WindowBackward(work, layout, tape, gradients, entries, unrolled.states());
        boolean traced =
                traces != null && live && method.discount() * method.decay().orElse(0) > 0;
        Tensor jacobian = traced ? backward.jacobian() : null;
        if (!live) {
            return new Learned(backward.drain(loss, null), jacobian);
        }
        Tensor predicted = WindowBackward.scale(perPosition, 1.0 / layout.batch(), layout.rows(work));
        Tensor further = method.discount() == method.injection() ? null : backward.transposedJacobianTimes(predicted);
        Tensor injected =
                method.injection() == 0 ? null : WindowBackward.scale(predicted, method.injection(), layout.rows(work));
        Tensor target = backward.drain(loss, injected);
        if (further != null) {
            WindowBackward.add(target, method.discount() - method.injection(), further);
        }
        return new Learned(target, jacobian);
    }

    private static boolean all(boolean[] ended) {
        for (boolean each : ended) {
            if (!each) {
                return false;
            }
        }
        return true;
    }

    /** M at the exit [B, D], 0 where a sequence ends. */
    private Tensor predict(List<Tensor> exits, boolean[] ended, TensorScope work) {
        Tensor rows = layout.gather(exits, layout.rows(work));
        Tensor prediction = layout.rows(work);
        try (Tape silent = Tape.builder(work).notRecording().build()) {
            prediction.copyFrom(ask(silent, rows).value());
        }
        for (int b = 0; b < ended.length; b++) {
            if (ended[b]) {
                StateLayout.forget(prediction, 0, b);
            }
        }
        return prediction;
    }

    private Variable ask(Tape tape, Tensor rows) {
        Variable answer = Objects.requireNonNull(predictor)
                .call(List.of(tape.constant(rows)))
                .get(0);
        if (!answer.spec().equals(rows.spec())) {
            throw new ShapeException(method.name() + ": the states are " + rows.spec() + ", their predictor gave "
                    + answer.spec() + "; a gradient has the shape of its tensor");
        }
        return answer;
    }

    /** Mean over steps and examples of the squared distance, times the weight. */
    private Variable auxiliaryLoss(Variable y, Variable perPosition) {
        long features = layout.features();
        Variable rows = Reshape.reshape(y, -1, layout.batch(), layout.width());
        Variable said = Objects.requireNonNull(auxiliary).call(rows);
        Variable target = Expand.expand(
                Reshape.reshape(perPosition, 1, layout.batch(), features),
                Shape.of(said.shape().dim(0), layout.batch(), features));
        return Scale.scale(MeanSquaredError.meanSquaredError(said, target), method.auxiliary() * features);
    }

    private void learn(Learned learned, Gradients gradients, TensorScope work) {
        GradientPredictor asked = Objects.requireNonNull(predictor);
        if (traces == null && asked.parameterList().stream().noneMatch(Parameter::isTrainable)) {
            return;
        }
        double[] begun = carried.toDoubles();
        if (Arrays.stream(begun).allMatch(each -> each == 0)) {
            return;
        }
        Tensor rows = layout.gather(states, layout.rows(work));
        Tensor residual = layout.rows(work);
        try (Tape replay = Tape.builder(work).gradients(gradients).build()) {
            Variable perPosition = ask(replay, rows);
            WindowBackward.scale(perPosition.value(), 1.0 / layout.batch(), residual);
            Kernels.of(residual).binary().apply(BinaryKernel.Function.SUBTRACT, residual, learned.target, residual);
            for (int b = 0; b < begun.length; b++) {
                if (begun[b] == 0) {
                    StateLayout.forget(residual, 0, b);
                }
            }
            if (traces == null && perPosition.requiresGradient()) {
                WindowBackward.scale(residual, 2, residual);
                replay.backward(List.of(perPosition), List.of(residual));
            }
        }
        if (traces != null) {
            WindowBackward.scale(residual, -(double) layout.batch(), residual);
            traces.learn(rows, carried, residual, gradients, work);
            if (learned.jacobian != null) {
                traces.carry(
                        learned.jacobian, method.discount() * method.decay().getAsDouble(), work);
            } else {
                traces.tensor().zero();
            }
        }
    }

    private void carry(List<Tensor> next, boolean[] ended) {
        double[] goesOn = new double[ended.length];
        for (int i = 0; i < states.size(); i++) {
            states.get(i).copyFrom(next.get(i));
        }
        for (int b = 0; b < ended.length; b++) {
            goesOn[b] = ended[b] ? 0 : 1;
            if (ended[b]) {
                for (Tensor state : states) {
                    StateLayout.forget(state, 1, b);
                }
                if (traces != null) {
                    StateLayout.forget(traces.tensor(), 0, b);
                }
            }
        }
        carried.set(goesOn);
    }
}

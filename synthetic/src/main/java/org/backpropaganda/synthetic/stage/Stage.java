package org.backpropaganda.synthetic.stage;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * A module that learns by itself: what comes from the stage before goes through it, what comes from the stage behind it learns
 * from. One thread at a time.
 */
final class Stage implements AutoCloseable {
    private final StagePlan plan;
    private final int number;
    private final Module module;
    private final StageTapes tapes;
    private final TensorScope mail;
    private final WeightCopies copies;
    private final @Nullable StagePredictor predictor;
    private final TreeMap<Long, Waiting> waiting = new TreeMap<>();
    private final StageCounts counts = new StageCounts();

    /**
     * What a forward gives.
     *
     * @param down to the next stage; null behind the last
     * @param up to the stage before; null where there is none, or where the gradient is to come
     * @param loss of the last stage
     */
    record Sent(@Nullable Message down, @Nullable Message up, double loss) {}

    /**
     * One of a learner's.
     *
     * @param scope of all that it holds
     * @param mail of what it sends
     */
    Stage(StagePlan plan, int number, TensorScope scope, TensorScope mail) {
        this.plan = plan;
        this.number = number;
        this.module = plan.modules().get(number);
        this.tapes = new StageTapes(plan, module, scope);
        this.mail = mail;
        this.copies = new WeightCopies(scope, module.trainedParameters());
        this.predictor = plan.feedback(number) instanceof Feedback.Predicted predicted
                ? new StagePredictor(number, predicted.predictor(), scope)
                : null;
    }

    private boolean isLast() {
        return number == plan.modules().size() - 1;
    }

    /** How many batches it has not done with. */
    int waiting() {
        return waiting.size();
    }

    StageCounts counts() {
        return counts;
    }

    /** Of the weights of its predictor or head. */
    long predictorBytes() {
        Feedback feedback = plan.feedback(number);
        Module beside = feedback instanceof Feedback.Predicted predicted
                ? predicted.predictor()
                : feedback instanceof Feedback.Local local ? local.head() : null;
        return beside == null
                ? 0
                : beside.parameterList().stream()
                        .mapToLong(parameter -> parameter.value().bytes())
                        .sum();
    }

    /** Runs a batch, and learns where nothing has to be waited for. The message is used up. */
    Sent forward(Message in) {
        plan.listener().begins(number, in.batch(), false);
        Sent sent = ran(in);
        plan.listener().ends(number, in.batch(), false);
        return sent;
    }

    private Sent ran(Message in) {
        try (in) {
            if (isLast()) {
                return finish(in);
            }
            Feedback feedback = plan.feedback(number);
            if (feedback instanceof Feedback.Local local) {
                return learnFromHead(in, local.head());
            }
            return feedback.isImmediate() ? learnFromPrediction(in) : new Sent(pass(in), null, Double.NaN);
        }
    }

    /** The last stage has the loss, and the gradient with it. */
    private Sent finish(Message in) {
        try (StageTapes.Gathering gradients = tapes.gathering();
                Tape tape = tapes.recording(in.batch(), gradients, Map.of())) {
            List<Variable> inputs = inputs(tape, in.values());
            List<Variable> outputs = tapes.call(tape, inputs);
            Variable labels = tape.constant(requireNonNull(in.labels(), "labels of the batch"));
            Variable loss = plan.loss().of(outputs, labels);
            Liveness.letGo(outputs, inputs, List.of(loss));
            double value = loss.value().hasValues() ? loss.value().item() : Double.NaN;
            tape.backward(loss);
            Message up = up(in.batch(), in.values(), tape, inputs);
            learn(gradients, in.batch(), counts.updates());
            return new Sent(null, up, value);
        }
    }

    /** Runs it, and keeps of it what the rule says. */
    private Message pass(Message in) {
        long batch = in.batch();
        WeightCopies.Copy copy = plan.rule().weights() == StageRule.Weights.THEN ? copies.take() : null;
        StageRule.Kept kept = plan.keptBy(number);
        if (kept == StageRule.Kept.GRAPH) {
            return record(in, copy);
        }
        Tape tape = tapes.passing(batch);
        List<Variable> inputs = StageTapes.constants(tape, in.values());
        List<Variable> outputs = tapes.call(tape, inputs);
        Message down = down(batch, outputs, in.labels());
        if (kept == StageRule.Kept.NOTHING) {
            tape.close();
            waiting.put(batch, new Waiting.Nothing(counts.updates(), copy));
        } else {
            List<Tensor> held = new ArrayList<>();
            in.values().forEach(value -> held.add(tape.keep(value)));
            outputs.forEach(Variable::release);
            inputs.stream().filter(Variable::isAlive).forEach(Variable::release);
            waiting.put(batch, new Waiting.Input(counts.updates(), tape, held, copy));
        }
        return down;
    }

    private Message record(Message in, WeightCopies.@Nullable Copy copy) {
        StageTapes.Gathering gradients = tapes.gathering();
        Tape tape = tapes.recording(in.batch(), gradients, valuesOf(copy));
        List<Variable> inputs = inputs(tape, in.values());
        List<Variable> outputs = tapes.call(tape, inputs);
        Message down = down(in.batch(), outputs, in.labels());
        waiting.put(in.batch(), graph(counts.updates(), tape, gradients, in.values(), inputs, outputs, copy));
        return down;
    }

    private Waiting.Graph graph(
            long versionThen,
            Tape tape,
            StageTapes.Gathering gradients,
            List<Tensor> values,
            List<Variable> inputs,
            List<Variable> outputs,
            WeightCopies.@Nullable Copy copy) {
        List<Tensor> held = plan.isResumable() ? values.stream().map(tape::keep).toList() : List.of();
        List<Variable> ends = ends(outputs);
        inputs.stream().filter(Variable::isAlive).forEach(Variable::release);
        return new Waiting.Graph(versionThen, tape, gradients, held, inputs, ends, copy);
    }

    /** The results as places for gradients; their values are let go. */
    private static List<Variable> ends(List<Variable> outputs) {
        List<Variable> ends = new ArrayList<>(outputs.size());
        for (Variable output : outputs) {
            Variable end = Identity.hold(output);
            output.release();
            end.release();
            ends.add(end);
        }
        return ends;
    }

    private static Map<Parameter, Tensor> valuesOf(WeightCopies.@Nullable Copy copy) {
        return copy == null ? Map.of() : copy.values();
    }

    private Message down(long batch, List<Variable> outputs, @Nullable Tensor labels) {
        return Message.down(
                batch, Message.shares(mail, StageTapes.values(outputs)), labels == null ? null : mail.share(labels));
    }

    private Sent learnFromPrediction(Message in) {
        StagePredictor asked = requireNonNull(predictor);
        long batch = in.batch();
        try (StageTapes.Gathering gradients = tapes.gathering();
                Tape tape = tapes.recording(batch, gradients, Map.of())) {
            List<Variable> inputs = inputs(tape, in.values());
            List<Variable> outputs = tapes.call(tape, inputs);
            Message down = down(batch, outputs, in.labels());
            Tape holder = tapes.passing(batch);
            List<Tensor> boundary = new ArrayList<>();
            down.values().forEach(value -> boundary.add(holder.keep(value)));
            Tensor labels = in.labels() == null ? null : holder.keep(in.labels());
            List<Tensor> predictions = asked.predict(tapes.seed(batch), boundary, labels);
            tape.backward(ends(outputs), predictions);
            predictions.forEach(Tensor::close);
            waiting.put(batch, new Waiting.Question(counts.updates(), holder, boundary, labels));
            Message up = up(batch, in.values(), tape, inputs);
            learn(gradients, batch, counts.updates());
            return new Sent(down, up, Double.NaN);
        }
    }

    private Sent learnFromHead(Message in, Module head) {
        long batch = in.batch();
        try (StageTapes.Gathering gradients = tapes.gathering();
                Tape tape = tapes.recording(batch, gradients, Map.of())) {
            List<Variable> inputs = inputs(tape, in.values());
            List<Variable> outputs = tapes.call(tape, inputs);
            Message down = down(batch, outputs, in.labels());
            List<Variable> asked = new ArrayList<>(outputs);
            asked.add(tape.constant(requireNonNull(in.labels(), "labels of the batch")));
            Variable loss = head.call(asked).get(0);
            Liveness.letGo(outputs, inputs, List.of(loss));
            tape.backward(loss);
            Message up = up(batch, in.values(), tape, inputs);
            learn(gradients, batch, counts.updates());
            return new Sent(down, up, Double.NaN);
        }
    }

    /** Learns from what the stage behind sent. The message is used up. */
    @Nullable
    Message backward(Message in) {
        plan.listener().begins(number, in.batch(), true);
        Message sent = learnedFrom(in);
        plan.listener().ends(number, in.batch(), true);
        return sent;
    }

    private @Nullable Message learnedFrom(Message in) {
        Waiting held = waiting.remove(in.batch());
        if (held == null) {
            in.close();
            return null;
        }
        try (in;
                held) {
            if (held instanceof Waiting.Graph graph) {
                return differentiate(in, graph);
            }
            if (held instanceof Waiting.Input input) {
                return differentiate(in, input.tensors(), input.version(), valuesOf(input.copy()));
            }
            return held instanceof Waiting.Nothing nothing
                    ? reconstruct(in, nothing)
                    : train(in, (Waiting.Question) held);
        }
    }

    private @Nullable Message differentiate(Message in, Waiting.Graph graph) {
        pullBack(graph.tape(), graph.ends(), in);
        Message up = up(in.batch(), List.of(), graph.tape(), graph.inputs());
        learn(graph.gradients(), in.batch(), graph.version());
        return up;
    }

    /** Computes again, from what it was called with or near to that, and goes back. */
    private @Nullable Message differentiate(
            Message in, List<Tensor> values, long versionThen, Map<Parameter, Tensor> weights) {
        try (StageTapes.Gathering gradients = tapes.gathering();
                Tape tape = tapes.again(in.batch(), gradients, weights)) {
            List<Variable> inputs = inputs(tape, values);
            pullBack(tape, ends(tapes.call(tape, inputs)), in);
            Message up = up(in.batch(), values, tape, inputs);
            learn(gradients, in.batch(), versionThen);
            return up;
        }
    }

    private @Nullable Message reconstruct(Message in, Waiting.Nothing nothing) {
        Map<Parameter, Tensor> weights = valuesOf(nothing.copy());
        List<Tensor> values;
        try (Tape tape = tapes.inverting(in.batch(), weights)) {
            values = Message.shares(
                    tapes.scope(), StageTapes.values(tapes.inverse(tape, StageTapes.constants(tape, in.values()))));
        }
        in.values().forEach(Tensor::close);
        Message up = differentiate(in, values, nothing.version(), weights);
        values.forEach(Tensor::close);
        return up;
    }

    private static void pullBack(Tape tape, List<Variable> ends, Message in) {
        List<Variable> reached = new ArrayList<>();
        List<Tensor> gradients = new ArrayList<>();
        for (int i = 0; i < ends.size(); i++) {
            Tensor gradient = in.gradients().get(i);
            if (gradient != null && ends.get(i).requiresGradient()) {
                reached.add(ends.get(i));
                gradients.add(gradient);
            }
        }
        if (!reached.isEmpty()) {
            tape.backward(reached, gradients);
        }
    }

    private @Nullable Message train(Message in, Waiting.Question question) {
        long batch = in.batch();
        StagePredictor asked = requireNonNull(predictor);
        try (Gradients gradients =
                asked.train(tapes.seed(batch), question.tensors(), question.labels(), in.gradients())) {
            plan.predictorTraining(number).update(gradients, batch);
        }
        return null;
    }

    private List<Variable> inputs(Tape tape, List<Tensor> values) {
        return number == 0 ? StageTapes.constants(tape, values) : StageTapes.leaves(tape, values);
    }

    /** What the stage before learns from; null for the first, or where that one has learned already. */
    private @Nullable Message up(long batch, List<Tensor> values, Tape tape, List<Variable> inputs) {
        if (number == 0 || plan.feedback(number - 1) instanceof Feedback.Local) {
            return null;
        }
        List<@Nullable Tensor> gradients = new ArrayList<>(inputs.size());
        for (Variable input : inputs) {
            Tensor gradient = tape.gradient(input);
            gradients.add(gradient == null ? null : mail.share(gradient));
        }
        boolean wanted = plan.keptBy(number - 1) == StageRule.Kept.NOTHING;
        return Message.up(batch, wanted ? Message.shares(mail, values) : List.of(), gradients);
    }

    private void learn(StageTapes.Gathering gathering, long batch, long versionThen) {
        Gradients gradients = gathering.gradients();
        long staleness = counts.learned(versionThen);
        plan.listener().learns(number, batch, staleness, gradients);
        StageTraining training = plan.training(number);
        if (training.uses(tapes.seed(batch) + number)) {
            copies.moved();
            training.update(gradients, batch);
            counts.updated();
        }
    }

    /** Packs up what it holds; it stays. */
    void pack(Luggage luggage) {
        counts.pack(luggage);
        StagePacking.pack(waiting, copies, luggage);
    }

    /** Goes on where another was packed up. */
    void unpack(Luggage luggage) {
        counts.unpack(luggage);
        StagePacking packing = new StagePacking(copies, luggage, tapes.scope());
        for (long batch : packing.batches()) {
            waiting.put(batch, waiting(batch, packing));
        }
    }

    private Waiting waiting(long batch, StagePacking packing) {
        WeightCopies.Copy copy = packing.copy(batch);
        long versionThen = packing.version(batch);
        StageRule.Kept kept = plan.keptBy(number);
        boolean asked = plan.feedback(number).isImmediate();
        if (!asked && kept == StageRule.Kept.NOTHING) {
            return new Waiting.Nothing(versionThen, copy);
        }
        try (TensorScope came = tapes.scope().child()) {
            List<Tensor> tensors = packing.tensors(batch, came);
            if (!asked && kept == StageRule.Kept.GRAPH) {
                StageTapes.Gathering gradients = tapes.gathering();
                Tape tape = tapes.again(batch, gradients, valuesOf(copy));
                List<Variable> inputs = inputs(tape, tensors);
                return graph(versionThen, tape, gradients, tensors, inputs, tapes.call(tape, inputs), copy);
            }
            Tape holder = tapes.passing(batch);
            List<Tensor> held = tensors.stream().map(holder::keep).toList();
            Tensor labels = packing.labels(batch, came);
            return asked
                    ? new Waiting.Question(versionThen, holder, held, labels == null ? null : holder.keep(labels))
                    : new Waiting.Input(versionThen, holder, held, copy);
        }
    }

    @Override
    public void close() {
        waiting.values().forEach(Waiting::close);
        waiting.clear();
    }
}

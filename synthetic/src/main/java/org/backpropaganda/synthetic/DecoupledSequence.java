package org.backpropaganda.synthetic;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.technique.LocallyTrained;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.synthetic.predictor.GradientPredictor;
import org.jspecify.annotations.Nullable;

/**
 * K modules one after another, with a {@link BoundaryRule} at each of the K − 1 boundaries: what the module in front of it
 * learns from. By default that is a prediction: in training every module but the last is differentiated as soon as it has
 * run, from the prediction at its end, and its activations are freed before the next module starts. Names, paths and random
 * keys are those of a {@link Sequential} of the same modules.
 *
 * <pre>
 * h_k = f_k(h_{k−1})                      module k, from a detached input
 * ĝ_k = M_k(h_k, labels) / B              the prediction at its end
 * dθ_k = (∂h_k/∂θ_k)ᵀ ĝ_k                 what the module learns from
 * δ̄_{k−1} = (∂h_k/∂h_{k−1})ᵀ ĝ_k          what M_{k−1} learns from: the bootstrapped target
 * </pre>
 *
 * The last module stands on the caller's tape, so its gradients, and the target of the last boundary's predictor, are
 * the true ones. Nobody waits for anybody: ĝ_k is there when h_k is. Of the first boundaries h_k alone is kept, until
 * module k + 1 has been differentiated; of the last one until the step's backward, and with it the gradient of x if x
 * needs one.
 *
 * <p>Where a rule has gradients wait ({@link Mixing}, {@link DirectFeedback}), the modules on both sides keep their graphs
 * together, until what lies behind them is differentiated.
 *
 * <pre>{@code
 * DecoupledSequence dni = new DecoupledSequence(List.of(lower, upper), List.of(new LinearPredictor(factory, 64, 10)));
 * DecoupledSequence dgl = DecoupledSequence.of(
 *         List.of(lower, upper), List.of(new LocalLoss(AuxiliaryClassifier.ofRows(factory, 64, 10))));
 * }</pre>
 *
 * <p>Where a batch comes in several small ones, the tape of each has to know its share of it before: {@code
 * Tape.builder(scope).gradients(gradients).share(samples of this one / samples of all)}. Backward refuses to begin with
 * another share than the modules learnt with.
 *
 * <p>Called with {@code [x]} or {@code [x, labels]}, labels [B] of INT, which rules that are conditioned need. In
 * evaluation, or where nothing is differentiated, the modules run as a chain, and backward through them is plain.
 *
 * <p>Within something that computes twice (a checkpoint, a reversible sequence) modules and predictors learn in the
 * first run, whether a backward follows or not, but for the last predictor, which learns when its target comes.
 *
 * <p>Cost: each predictor runs forward twice in a step and backward once. Deviation: gradients of all modules but the
 * last are as good as the predictions, and zero while these are.
 *
 * <p>Source: Jaderberg et al. 2017, "Decoupled Neural Interfaces using Synthetic Gradients", § 2. Known gaps:
 * the sequence itself takes one tensor; modules take turns on one thread.
 */
public final class DecoupledSequence extends Module implements LocallyTrained {
    private final List<Module> modules;
    private final List<Boundary> boundaries = new ArrayList<>();
    private UpdateRule rule = UpdateRule.endOfStep();

    /**
     * Modules named by their number. Predictors are no children: their parameters are not among those of the model.
     *
     * @param predictors one for each module but the last
     */
    public DecoupledSequence(List<? extends Module> modules, List<? extends GradientPredictor> predictors) {
        this(predictors.stream().map(PredictedGradient::new).toList(), List.copyOf(modules), "predictor");
    }

    private DecoupledSequence(List<? extends BoundaryRule> rules, List<Module> modules, String what) {
        if (modules.isEmpty() || rules.size() != modules.size() - 1) {
            throw new IllegalArgumentException("decoupled sequence: " + modules.size() + " modules and " + rules.size()
                    + " " + what + "s; give one " + what + " for each module but the last");
        }
        requireDifferent("module", modules);
        requireDifferent(
                "predictor",
                rules.stream().flatMap(each -> each.learners().stream()).toList());
        this.modules = modules;
        for (int k = 0; k < modules.size(); k++) {
            register(Integer.toString(k), modules.get(k));
        }
        for (int k = 0; k < rules.size(); k++) {
            boundaries.add(Boundary.of(k, rules.get(k)));
        }
    }

    /**
     * Modules named by their number, with a rule at each boundary. What learns there is no child: its parameters are not among
     * those of the model.
     *
     * @param rules one for each module but the last
     */
    public static DecoupledSequence of(List<? extends Module> modules, List<? extends BoundaryRule> rules) {
        return new DecoupledSequence(rules, List.copyOf(modules), "rule");
    }

    private static void requireDifferent(String what, List<? extends Module> all) {
        if (new HashSet<>(all).size() < all.size()) {
            throw new IllegalArgumentException(
                    "decoupled sequence: a " + what + " is given twice; give different ones");
        }
    }

    /** The modules in order. */
    public List<Module> modules() {
        return modules;
    }

    /** The rules in order. */
    public List<BoundaryRule> rules() {
        return boundaries.stream().map(Boundary::rule).toList();
    }

    /** The predictors in order, of boundaries that have one. */
    public List<GradientPredictor> predictors() {
        return predicted().map(PredictedBoundary::predictor).toList();
    }

    private Stream<PredictedBoundary> predicted() {
        return boundaries.stream().filter(PredictedBoundary.class::isInstance).map(PredictedBoundary.class::cast);
    }

    @Override
    public List<Module> learners() {
        return rules().stream().flatMap(each -> each.learners().stream()).toList();
    }

    /**
     * The parameters of what learns at the boundaries by path ({@code "predictors.0.linear.weight"}); they need an optimizer
     * too.
     */
    public Map<String, Parameter> predictorParameters() {
        Map<String, Parameter> all = new LinkedHashMap<>();
        boundaries.forEach(boundary -> all.putAll(boundary.parameters()));
        return all;
    }

    /** The parameters of what learns at the boundaries as a list. */
    public List<Parameter> predictorParameterList() {
        return new ArrayList<>(predictorParameters().values());
    }

    @Override
    protected List<Parameter> sideParameters() {
        return predictorParameterList();
    }

    /** Says when updates are made; at first, at the end of the step. */
    public DecoupledSequence updating(UpdateRule when) {
        rule = when;
        return this;
    }

    /** Whether to compare predictions with their targets; at first not. */
    public DecoupledSequence measuring(boolean wanted) {
        predicted().forEach(boundary -> boundary.measure(wanted));
        return this;
    }

    /** How good the last prediction at a boundary was, or null where none was measured yet. */
    public @Nullable PredictionQuality quality(int boundary) {
        return boundaries.get(boundary) instanceof PredictedBoundary predicted ? predicted.quality() : null;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Tape tape = inputs.get(0).tape();
        requireInputs(inputs);
        List<Variable> x = inputs.subList(0, 1);
        if (!tape.isTraining() || !tape.isDifferentiating() || boundaries.isEmpty()) {
            return chain(x);
        }
        requireLabels(inputs);
        Variable labels = inputs.size() > 1 ? inputs.get(1) : null;
        UpdateRule updates = ruleOn(tape);
        List<Integer> cuts = cuts(tape);
        List<Stretch> stretches = stretches(cuts, updates);
        List<Boundary> ends = cuts.stream().map(boundaries::get).toList();
        List<Stretch> first = stretches.subList(0, cuts.size());
        List<Variable> h = x;
        if (!cuts.isEmpty()) {
            // A silent replay has nothing to learn from and nothing to learn.
            h = tape.isRecording() || !tape.isReplay() || hasPredictedInputs()
                    ? tape.apply(new DecoupledSegment(first, ends, updates), inputs)
                    : through(first, ends, x, labels);
        }
        List<Variable> ports = new ArrayList<>();
        List<Variable> results = stretches.get(cuts.size()).runToEnd(h, labels, ports);
        Liveness.letGo(h, x, results);
        return ports.isEmpty() ? results : joined(tape, results, ports);
    }

    private boolean hasPredictedInputs() {
        return boundaries.stream().anyMatch(boundary -> boundary.rule().input() != null);
    }

    /** The boundaries in order at which nothing is waited for in this step. */
    private List<Integer> cuts(Tape tape) {
        List<Integer> cuts = new ArrayList<>();
        for (int k = 0; k < boundaries.size(); k++) {
            Boundary boundary = boundaries.get(k);
            if (boundary.mayChange() && (!tape.isRecording() || tape.isReplay())) {
                throw new IllegalStateException("decoupled sequence: what waits at boundary " + k
                        + " changes from step to step, but the sequence stands in a checkpoint or another segment that"
                        + " will compute it again; give a constant lambda, or put the segment inside its modules");
            }
            if (!boundary.waits()) {
                cuts.add(k);
            }
        }
        requireErrorsToArrive(cuts);
        return cuts;
    }

    private void requireErrorsToArrive(List<Integer> cuts) {
        for (int k = 0; !cuts.isEmpty() && k < cuts.get(cuts.size() - 1); k++) {
            if (boundaries.get(k) instanceof FeedbackBoundary) {
                throw new IllegalStateException("decoupled sequence: boundary " + k
                        + " waits for the error of the logits, but no gradient passes boundary "
                        + cuts.get(cuts.size() - 1) + " behind it; give that one a rule that waits");
            }
        }
    }

    private List<Stretch> stretches(List<Integer> cuts, UpdateRule updates) {
        List<Stretch> stretches = new ArrayList<>();
        int from = 0;
        for (int cut : cuts) {
            stretches.add(stretch(from, cut, updates, boundaries.get(cut).factor()));
            from = cut + 1;
        }
        stretches.add(stretch(from, modules.size() - 1, updates, 1));
        return stretches;
    }

    private Stretch stretch(int from, int to, UpdateRule updates, double factor) {
        return new Stretch(from, modules.subList(from, to + 1), boundaries.subList(from, to), updates, factor);
    }

    private static List<Variable> joined(Tape tape, List<Variable> results, List<Variable> ports) {
        FeedbackMatrix.checkLogits(results, ports);
        List<Variable> all = new ArrayList<>(results);
        all.addAll(ports);
        List<Variable> logits = tape.apply(new FeedbackSegment.Errors(), all);
        Liveness.letGo(all, List.of(), logits);
        return logits;
    }

    private UpdateRule ruleOn(Tape tape) {
        if (rule.isAtOnce() && !tape.isRecording()) {
            throw new IllegalStateException("decoupled sequence: updates weights at once, but stands in a checkpoint or"
                    + " another segment that will compute it again, with other weights; update at the end of the step,"
                    + " or put the segment inside its modules");
        }
        return rule;
    }

    /** Stretches without what lies between them. */
    private static List<Variable> through(
            List<Stretch> stretches, List<Boundary> ends, List<Variable> x, @Nullable Variable labels) {
        List<Variable> h = x;
        for (int k = 0; k < stretches.size(); k++) {
            List<Variable> next = stretches.get(k).run(h, labels, ends.get(k));
            Liveness.letGo(h, x, next);
            h = next;
        }
        return h;
    }

    /** The modules alone. */
    private List<Variable> chain(List<Variable> x) {
        List<Variable> h = x;
        int last = modules.size() - 1;
        for (int k = 0; k < last; k++) {
            List<Variable> next =
                    callInner(k, modules.get(k), h, boundaries.get(k).streams());
            Liveness.letGo(h, x, next);
            h = next;
        }
        List<Variable> results = modules.get(last).call(h);
        Liveness.letGo(h, x, results);
        return results;
    }

    /**
     * Calls a module that is not the last.
     *
     * @param streams how many tensors the boundary behind it carries
     */
    static List<Variable> callInner(int number, Module module, List<Variable> h, int streams) {
        List<Variable> results = module.call(h);
        if (results.size() != streams) {
            throw new IllegalArgumentException("decoupled sequence: module " + number + " returns " + results.size()
                    + " results, but a boundary carries "
                    + (streams == 1
                            ? "one tensor; join the streams at the end of the module"
                            : streams + " tensors by its rule; give one for as many as the module returns"));
        }
        return results;
    }

    private static void requireInputs(List<Variable> inputs) {
        if (inputs.size() > 2) {
            throw new IllegalArgumentException(
                    "decoupled sequence: takes [x] or [x, labels], got " + inputs.size() + " inputs");
        }
        if (inputs.size() == 2) {
            Shape x = inputs.get(0).shape();
            TensorSpec labels = inputs.get(1).spec();
            if (labels.dtype() != DType.INT || !labels.shape().equals(Shape.of(x.dim(0)))) {
                throw new ShapeException("decoupled sequence: labels " + labels + " must be INT[" + x.dim(0)
                        + "] for x " + inputs.get(0).spec() + "; streams have to be joined before");
            }
        }
    }

    private void requireLabels(List<Variable> inputs) {
        for (Boundary boundary : boundaries) {
            if (inputs.size() < 2 && boundary.rule().isConditioned()) {
                String what = boundary.rule() instanceof LocalLoss ? "local loss " : "predictor ";
                throw new IllegalArgumentException("decoupled sequence: " + what + boundary.number()
                        + " is conditioned on labels; call the sequence with [x, labels]");
            }
        }
    }
}

package org.backpropaganda.synthetic;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
 * K modules one after another, with a predictor of the gradient at each of the K − 1 boundaries. In training every
 * module but the last is differentiated as soon as it has run, from the prediction at its end, and its activations are
 * freed before the next module starts. Names, paths and random keys are those of a {@link Sequential} of the same
 * modules.
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
 * <p>Where a batch comes in several small ones, the tape of each has to know its share of it before: {@code
 * Tape.builder(scope).gradients(gradients).share(samples of this one / samples of all)}. Backward refuses to begin with
 * another share than the modules learnt with.
 *
 * <p>Called with {@code [x]} or {@code [x, labels]}, labels [B] of INT, which predictors that are conditioned need. In
 * evaluation, or where nothing is differentiated, the modules run as a chain, and backward through them is plain.
 *
 * <p>Within something that computes twice (a checkpoint, a reversible sequence) modules and predictors learn in the
 * first run, whether a backward follows or not, but for the last predictor, which learns when its target comes.
 *
 * <p>Cost: each predictor runs forward twice in a step and backward once. Deviation: gradients of all modules but the
 * last are as good as the predictions, and zero while these are.
 *
 * <p>Source: Jaderberg et al. 2017, "Decoupled Neural Interfaces using Synthetic Gradients", § 2. Known gaps:
 * boundaries carry one tensor; modules take turns on one thread.
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
        if (modules.isEmpty() || predictors.size() != modules.size() - 1) {
            throw new IllegalArgumentException("decoupled sequence: " + modules.size() + " modules and "
                    + predictors.size() + " predictors; give one predictor for each module but the last");
        }
        requireDifferent("module", modules);
        requireDifferent("predictor", predictors);
        this.modules = List.copyOf(modules);
        for (int k = 0; k < modules.size(); k++) {
            register(Integer.toString(k), modules.get(k));
        }
        for (int k = 0; k < predictors.size(); k++) {
            boundaries.add(new Boundary(k, predictors.get(k)));
        }
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

    /** The predictors in order. */
    public List<GradientPredictor> predictors() {
        return boundaries.stream().map(Boundary::predictor).toList();
    }

    @Override
    public List<GradientPredictor> learners() {
        return predictors();
    }

    /** The parameters of the predictors by path ({@code "predictors.0.linear.weight"}); they need an optimizer too. */
    public Map<String, Parameter> predictorParameters() {
        Map<String, Parameter> all = new LinkedHashMap<>();
        for (Boundary boundary : boundaries) {
            boundary.predictor().parameters().forEach((path, parameter) -> all.put(boundary.pathOf(path), parameter));
        }
        return all;
    }

    /** The parameters of the predictors as a list. */
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
        boundaries.forEach(boundary -> boundary.measure(wanted));
        return this;
    }

    /** How good the last prediction at a boundary was, or null where none was measured yet. */
    public @Nullable PredictionQuality quality(int boundary) {
        return boundaries.get(boundary).quality();
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Tape tape = inputs.get(0).tape();
        requireInputs(inputs);
        List<Variable> x = inputs.subList(0, 1);
        int last = modules.size() - 1;
        List<Variable> h = isDecoupledOn(tape)
                ? tape.apply(new DecoupledSegment(modules.subList(0, last), boundaries, ruleOn(tape)), labelled(inputs))
                : chain(x);
        List<Variable> results = modules.get(last).call(h);
        Liveness.letGo(h, x, results);
        return results;
    }

    /** A silent replay has nothing to learn from and nothing to learn. */
    private boolean isDecoupledOn(Tape tape) {
        return !boundaries.isEmpty()
                && tape.isTraining()
                && tape.isDifferentiating()
                && (tape.isRecording() || !tape.isReplay());
    }

    private UpdateRule ruleOn(Tape tape) {
        if (rule.isAtOnce() && !tape.isRecording()) {
            throw new IllegalStateException("decoupled sequence: updates weights at once, but stands in a checkpoint or"
                    + " another segment that will compute it again, with other weights; update at the end of the step,"
                    + " or put the segment inside its modules");
        }
        return rule;
    }

    private List<Variable> chain(List<Variable> x) {
        List<Variable> h = x;
        for (int k = 0; k < modules.size() - 1; k++) {
            List<Variable> next = List.of(callInner(k, modules.get(k), h.get(0)));
            Liveness.letGo(h, x, next);
            h = next;
        }
        return h;
    }

    /** Calls a module that is not the last. */
    static Variable callInner(int number, Module module, Variable h) {
        List<Variable> results = module.call(List.of(h));
        if (results.size() != 1) {
            throw new IllegalArgumentException("decoupled sequence: module " + number + " returns " + results.size()
                    + " results, but a boundary carries one tensor; join the streams at the end of the module");
        }
        return results.get(0);
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

    private List<Variable> labelled(List<Variable> inputs) {
        for (int k = 0; k < boundaries.size(); k++) {
            if (inputs.size() < 2 && boundaries.get(k).predictor().isConditioned()) {
                throw new IllegalArgumentException("decoupled sequence: predictor " + k
                        + " is conditioned on labels; call the sequence with [x, labels]");
            }
        }
        return inputs;
    }
}
